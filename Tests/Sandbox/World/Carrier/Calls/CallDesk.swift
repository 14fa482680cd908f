import Synchronization
import Telemetry
import Transport

/// Places calls to the numbers the carrier holds: Meta's with a code, and anybody's with words.
package final class CallDesk: Sendable {
  /// Calls at once, and orders that wait for Meta's next call to a number.
  package static let limit = 1_000
  static let scriptLimit = 10_000

  private struct State {
    var habits = CallHabits()
    var scripts: [PhoneDigits: [CallScript]] = [:]
    var scriptCount = 0
    /// Calls under way; `stop` awaits them.
    var tasks: [String: Task<Void, Never>] = [:]
    var placed: UInt64 = 0
    var refused = 0
    var isStopped = false
  }

  let webhooks: CarrierWebhooks
  let log: CallLog
  private let carrier: Carrier
  private let voice: SpeechSynthesiser
  private let library: SoundLibrary
  private let clock: WallClock
  private let seed: UInt64
  private let state = Mutex(State())

  init(
    carrier: Carrier, voice: SpeechSynthesiser, library: SoundLibrary, loop: EventLoop, faults: FaultBook,
    clock: WallClock, seed: UInt64
  ) {
    self.carrier = carrier
    self.voice = voice
    self.library = library
    self.clock = clock
    self.seed = seed
    log = carrier.log
    webhooks = CarrierWebhooks(loop: loop, faults: faults, token: carrier.authToken)
  }

  package var habits: CallHabits { state.withLock { $0.habits } }

  package func setHabits(_ habits: CallHabits) throws(ControlFailure) {
    try habits.check()
    state.withLock { $0.habits = habits }
  }

  /// Calls under way, calls that were one too many, and orders that wait.
  package var load: (live: Int, refused: Int, waiting: Int) {
    state.withLock { ($0.tasks.count, $0.refused, $0.scriptCount) }
  }

  /// Why calls cannot be played here; nil when they can.
  package var problem: String? {
    do throws(AudioFailure) {
      try voice.check()
      return nil
    } catch { return error.description }
  }

  /// What happens at Meta's next call to a number; several are used in turn.
  package func order(_ script: CallScript, to phone: PhoneDigits) throws(ControlFailure) {
    try script.check()
    let isFull = state.withLock { state in
      if state.scriptCount >= Self.scriptLimit { return true }
      state.scripts[phone, default: []].append(script)
      state.scriptCount += 1
      return false
    }
    if isFull { throw ControlFailure("\(Self.scriptLimit) orders wait already", status: 409) }
  }

  /// Forgets the orders that wait; how many there were.
  package func cancelOrders() -> Int {
    state.withLock { state in
      defer {
        state.scripts = [:]
        state.scriptCount = 0
      }
      return state.scriptCount
    }
  }

  /// Meta wants to tell a code. Numbers the carrier does not hold ring elsewhere.
  func tell(_ code: String, to phone: PhoneDigits) {
    guard carrier.state.withLock({ $0.number(phone) }) != nil else { return }
    let (ordered, habits) = state.withLock { state -> (CallScript?, CallHabits) in
      guard var waiting = state.scripts[phone], !waiting.isEmpty else { return (nil, state.habits) }
      let first = waiting.removeFirst()
      state.scripts[phone] = waiting.isEmpty ? nil : waiting
      state.scriptCount -= 1
      return (first, state.habits)
    }
    var script = ordered ?? CallScript()
    if script.code == nil { script.code = code }
    if script.delay == nil { script.delay = habits.delay }
    if script.from == nil { script.from = habits.from }
    if let words = script.secondCaller {
      var second = CallScript(say: words)
      second.delay = script.delay
      place(second, to: phone, isMeta: false)
    }
    if script.isPlaced { place(script, to: phone, isMeta: true) }
  }

  /// Somebody calls now. Throws when the carrier does not have the number or the call cannot be played.
  @discardableResult
  package func call(_ phone: PhoneDigits, _ script: CallScript) throws(ControlFailure) -> String {
    try script.check()
    guard script.say != nil || script.code != nil || script.isSilent else {
      throw ControlFailure("say, code or silence is required")
    }
    guard carrier.state.withLock({ $0.number(phone) }) != nil else {
      throw ControlFailure("the carrier's account does not hold \(phone)", status: 404)
    }
    if let problem { throw ControlFailure(problem, status: 503) }
    guard let sid = place(script, to: phone, isMeta: false) else {
      throw ControlFailure("\(Self.limit) calls run already", status: 409)
    }
    return sid
  }

  /// Ends every call and waits for that.
  func stop() async {
    let tasks = state.withLock { state in
      state.isStopped = true
      return Array(state.tasks.values)
    }
    for task in tasks { task.cancel() }
    await webhooks.stop()
    for task in tasks { await task.value }
  }

  /// Nil when too many calls run.
  @discardableResult
  private func place(_ script: CallScript, to phone: PhoneDigits, isMeta: Bool) -> String? {
    let sid = CarrierState.sid("CA")
    let record = CallRecord(
      sid: sid, from: script.from ?? "+16505550100", to: phone, at: clock.now, said: script.words, isMeta: isMeta)
    let isPlaced = state.withLock { state in
      if state.isStopped || state.tasks.count >= Self.limit {
        state.refused += 1
        return false
      }
      state.placed += 1
      log.add(record)
      let seed = seed ^ state.placed
      // Owned by `tasks`. Not on the loop: putting sound together takes a while, and others are served there.
      state.tasks[sid] = Task.detached { [self] in
        let outcome = await run(record, script, seed: seed)
        log.update(sid) { record in
          record.outcome = outcome
          record.endedAt = clock.now
        }
        self.state.withLock { $0.tasks[sid] = nil }
      }
      return true
    }
    return isPlaced ? sid : nil
  }

  private func run(_ record: CallRecord, _ script: CallScript, seed: UInt64) async -> CallRecord.Outcome {
    let habits = habits
    do {
      try await Task.sleep(for: .milliseconds(script.delay ?? 0))
      let sound = try await CallSoundMaker(voice: voice).make(script, seed: seed)
      // The route counts that is set when it rings.
      guard let number = carrier.state.withLock({ $0.number(record.to) }) else {
        log.update(record.sid) { $0.problem = "the number is gone" }
        return .lost
      }
      if Task.isCancelled { return .stopped }
      log.update(record.sid) { $0.outcome = .ringing }
      return await withDiscardingTaskGroup { callbacks in
        var run = CallRun(
          desk: self, sid: record.sid, from: record.from, to: record.to, sound: sound,
          speed: script.isLive ? 1 : habits.speed, habits: habits, route: number.route)
        return await run.play(&callbacks)
      }
    } catch let error as AudioFailure {
      log.update(record.sid) { $0.problem = error.description }
      Complaint.say("the call to \(record.to) cannot be played: \(error)")
      return .failed
    } catch {
      return .stopped
    }
  }

  // MARK: Recordings

  var accountSID: String { carrier.accountSID }

  func url(ofRecording sid: String) -> String { carrier.url(ofRecording: sid) }

  /// Puts a recording on the shelf; one of nothing is only noted.
  func keep(_ sound: CallSound, of call: String, isAbsent: Bool, _ end: CallRecorder.End) -> CarrierRecording {
    let recording = CarrierRecording(
      sid: CarrierState.sid("RE"), callSID: call, samples: isAbsent ? [] : sound.samples, started: clock.now)
    if !isAbsent {
      library.remember(sound)
      carrier.recordings.add(recording)
    }
    log.update(call) { record in
      record.recordings.append(
        CallRecord.Recording(
          sid: recording.sid, seconds: recording.seconds, status: isAbsent ? "absent" : "completed",
          endedBy: end.rawValue, said: sound.transcript))
    }
    return recording
  }

  /// The file can be fetched a moment from now.
  func release(_ recording: String, _ habits: CallHabits) {
    carrier.recordings.release(recording, at: .now + .milliseconds(habits.recordingDelay))
  }

  /// Tells that a recording is there, three times at most.
  func callBack(
    _ order: CarrierWebhooks.Order, recording: String, of call: String, _ habits: CallHabits
  ) async {
    // The file does not wait for its callback, whatever becomes of that.
    release(recording, habits)
    for attempt in 0..<3 {
      if attempt > 0 {
        do { try await Task.sleep(for: .milliseconds(habits.callbackRetry << (attempt - 1))) } catch { return }
      }
      let outcome = await webhooks.send(order)
      switch outcome.result {
      case .success(let answer):
        return log.note(order, in: call, status: answer.status, fault: outcome.fault)
      case .failure(let failure):
        log.note(
          order, in: call, status: failure.status, error: "\(failure.code): \(failure.text)", fault: outcome.fault)
        // Ordered to be lost, or to be refused: no second try.
        if outcome.fault == .drop || outcome.fault == .wrongSignature { return }
      }
    }
  }
}

extension CallLog {
  /// A request of a call, and what came of it.
  func note(
    _ order: CarrierWebhooks.Order, in call: String, status: Int?, error: String? = nil, fault: Fault.Kind?
  ) {
    update(call) { record in
      record.requests.append(
        CallRecord.Request(
          purpose: order.purpose, url: order.url, method: order.method, status: status, error: error,
          fault: fault?.rawValue))
    }
  }
}
