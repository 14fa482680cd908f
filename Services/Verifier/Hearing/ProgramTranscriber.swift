import Transport

/// An engine that is a program: it gets the path of a WAV file, and writes the transcript, or JSON, to its standard
/// output.
final class ProgramTranscriber: Transcriber {
  let name: String
  let timeLimit: Duration
  private let settings: ProgramTranscriberSettings
  private let lanes: WorkLanes

  /// Recordings that may wait for a program to end; one more is refused.
  static let waiting = 16

  init(_ settings: ProgramTranscriberSettings) {
    name = settings.name
    timeLimit = settings.timeLimit
    self.settings = settings
    lanes = WorkLanes("program-transcriber", atOnce: settings.atOnce, waiting: Self.waiting)
    RecordingFolder.removeLeftovers(in: settings.folder)
  }

  func transcribe(_ wav: [UInt8]) async throws(TranscriberFailure) -> Transcript {
    // Counted from here, so waiting is part of it: whatever waits ahead of us ends before us.
    let deadline = MonotonicClock.now + timeLimit.nanoseconds
    let stop = StopFlag()
    let output = await withTaskCancellationHandler {
      await lanes.run { [settings] in Self.output(settings, wav, deadline, stop) }
        ?? Result<[UInt8], TranscriberFailure>.failure(.overloaded)
    } onCancel: {
      stop.raise()
    }
    return try TranscriptionAnswer.read(try output.get(), isEmptyAllowed: true, trustsConfidence: true)
  }

  /// Blocks until the program has ended or was ended.
  private static func output(
    _ settings: ProgramTranscriberSettings, _ wav: [UInt8], _ deadline: Int64, _ stop: StopFlag
  ) -> Result<[UInt8], TranscriberFailure> {
    do throws(TranscriberFailure) {
      if stop.isRaised { throw .stopped }
      if MonotonicClock.now >= deadline { throw .timedOut }
      let folder = try RecordingFolder(in: settings.folder, wav)
      defer { folder.remove() }
      var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "TMPDIR": folder.path]
      environment.merge(settings.environment) { _, own in own }
      let run = try ProgramRun(settings.path, settings.arguments + [folder.recording], environment)
      return .success(try run.output(until: deadline, stop))
    } catch {
      return .failure(error)
    }
  }
}
