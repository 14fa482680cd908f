import Transport

/// The configured engines, asked one after the other until the machine is sure.
struct Engines: Sendable {
  /// What they made of one recording.
  struct Heard: Sendable {
    let hearing: Hearing
    /// In the order they were asked.
    let answers: [EngineAnswer]
  }

  let transcribers: [any Transcriber]
  let minimumConfidence: Double

  /// Time for an engine's own limit to answer before ours.
  private static let grace = Duration.milliseconds(500)

  init(_ transcribers: [any Transcriber], minimumConfidence: Double) {
    precondition(Set(transcribers.map(\.name)).count == transcribers.count, "two engines share a name")
    self.transcribers = transcribers
    self.minimumConfidence = minimumConfidence
  }

  /// `wav` was checked by `WAVFile`, which also tells whether it is silent. No engine is asked about silence: what they
  /// hear there they invent.
  func hear(_ wav: [UInt8], isSilent: Bool) async -> Heard {
    var answers: [EngineAnswer] = []
    var hearing = Hearing([], minimumConfidence: minimumConfidence, isSilent: isSilent)
    if isSilent { return Heard(hearing: hearing, answers: []) }
    for transcriber in transcribers {
      let begun = MonotonicClock.now
      let result = await ask(transcriber, wav)
      answers.append(
        EngineAnswer(
          engine: transcriber.name, source: transcriber.source, result: result,
          milliseconds: Int((MonotonicClock.now - begun) / 1_000_000)))
      hearing = Hearing(answers, minimumConfidence: minimumConfidence)
      if case .sure = hearing { break }
    }
    return Heard(hearing: hearing, answers: answers)
  }

  private func ask(
    _ transcriber: any Transcriber, _ wav: [UInt8]
  ) async -> Result<Transcript, TranscriberFailure> {
    let limit = transcriber.timeLimit + Self.grace
    return await withTaskGroup(of: Result<Transcript, TranscriberFailure>.self) { group in
      group.addTask {
        do throws(TranscriberFailure) {
          return .success(try await transcriber.transcribe(wav))
        } catch {
          return .failure(error)
        }
      }
      group.addTask {
        do { try await Task.sleep(for: limit) } catch { return .failure(.stopped) }
        return .failure(.timedOut)
      }
      defer { group.cancelAll() }
      return await group.next() ?? .failure(.stopped)
    }
  }
}
