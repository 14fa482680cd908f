/// One call from the first ring to its end.
struct CallRun {
  /// Documents a call may go through; Twilio ends calls that redirect for ever, too.
  private static let documentLimit = 20

  let desk: CallDesk
  let sid: String
  let from: String
  let to: PhoneDigits
  let sound: CallSound
  let speed: Double
  let habits: CallHabits
  let route: [String: String]

  /// Samples of the caller's sound that have passed since the answer.
  private var position = 0
  private var isAnswered = false
  private var documents = 0
  private var isInFallback = false

  init(
    desk: CallDesk, sid: String, from: String, to: PhoneDigits, sound: CallSound, speed: Double, habits: CallHabits,
    route: [String: String]
  ) {
    self.desk = desk
    self.sid = sid
    self.from = from
    self.to = to
    self.sound = sound
    self.speed = speed
    self.habits = habits
    self.route = route
  }

  /// What to do after a verb.
  private enum Step {
    case next
    case document(TwiML, url: String)
    case end(CallRecord.Outcome)
  }

  private var callerIsGone: Bool { isAnswered && position >= sound.samples.count }

  /// Plays it. Recording callbacks that are still on their way when it ends are children of `callbacks`.
  mutating func play(_ callbacks: inout DiscardingTaskGroup) async -> CallRecord.Outcome {
    for (field, kind) in [("TrunkSid", "trunk"), ("VoiceApplicationSid", "application")] {
      if let sid = route[field], !sid.isEmpty {
        answer(by: "\(kind):\(sid)")
        await pass(sound.samples.count)
        return .delivered
      }
    }
    guard let url = route["VoiceUrl"], !url.isEmpty else {
      note { $0.problem = "the number has no voice URL" }
      return .lost
    }
    var next = await load(url, method: route["VoiceMethod"] ?? "POST", purpose: "voice", adding: [])
    while let (document, url) = next {
      documents += 1
      guard documents <= Self.documentLimit else {
        note { $0.problem = "11215: more than \(Self.documentLimit) documents in one call" }
        return .lost
      }
      switch await follow(document, url, &callbacks) {
      case .end(let outcome): return outcome
      case .document(let document, let url): next = (document, url)
      case .next:
        // Nothing left to do: the carrier hangs up.
        return isAnswered ? .answered : .lost
      }
    }
    return isAnswered ? .answered : .lost
  }

  private mutating func follow(_ document: TwiML, _ url: String, _ callbacks: inout DiscardingTaskGroup) async -> Step {
    for (index, verb) in document.verbs.enumerated() {
      if Task.isCancelled { return .end(.stopped) }
      let step: Step
      switch verb {
      case .reject(let isBusy):
        // Anywhere but first it does nothing.
        guard index == 0, !isAnswered else { continue }
        note { $0.problem = isBusy ? "busy" : "rejected" }
        return .end(.rejected)
      case .hangup: return .end(.answered)
      case .redirect(let target, let method): step = await redirect(to: Self.absolute(target, from: url), method)
      case .pause(let seconds):
        // As the first thing in a call it rings on for so long.
        if !isAnswered { await wait(seconds) } else { await pass(CallSoundMaker.count(seconds)) }
        step = .next
      case .say(let text):
        answer(by: url)
        await pass(CallSoundMaker.count(Double(text.count) * 0.06))
        step = .next
      case .record(let record):
        answer(by: url)
        step = await self.record(record, url, &callbacks)
      }
      if case .next = step {
        if callerIsGone { return .end(.answered) }
        continue
      }
      return step
    }
    return .next
  }

  private mutating func redirect(to url: String, _ method: String) async -> Step {
    guard let (document, url) = await load(url, method: method, purpose: "redirect", adding: []) else {
      return .end(isAnswered ? .answered : .lost)
    }
    return .document(document, url: url)
  }

  private mutating func record(
    _ verb: RecordVerb, _ url: String, _ callbacks: inout DiscardingTaskGroup
  ) async -> Step {
    note { record in
      record.hasBeep = record.hasBeep || verb.playsBeep
      record.lacksAction = record.lacksAction || verb.action == nil
    }
    guard !callerIsGone else { return .end(.answered) }
    let (end, why) = CallRecorder.end(of: sound, from: position, verb)
    var range = position..<end
    await pass(range.count)
    if Task.isCancelled { return .end(.stopped) }
    if verb.trimsSilence { range = CallRecorder.trimmed(range, of: sound) }
    let part = sound.part(range)
    // Twilio's reasons for a recording that does not exist: too short, and silent.
    let absence = part.seconds < 0.5 ? 16_101 : part.isSilent ? 16_102 : nil
    let recording = desk.keep(part, of: sid, isAbsent: absence != nil, why)
    defer {
      if let callback = verb.callback, verb.callbackEvents.contains(absence == nil ? "completed" : "absent") {
        let fields = recordingFields(recording, absence)
        let order = CarrierWebhooks.Order(
          purpose: "recording_callback", url: Self.absolute(callback, from: url), method: verb.callbackMethod,
          fields: fields, timeout: .milliseconds(habits.webhookTimeout))
        let (desk, sid, habits) = (desk, sid, habits)
        callbacks.addTask { await desk.callBack(order, recording: recording.sid, of: sid, habits) }
      } else {
        desk.release(recording.sid, habits)
      }
    }
    // Nothing was recorded: the verbs after it run, and no action is asked.
    if absence != nil { return callerIsGone ? .end(.answered) : .next }
    let isGone = why == .hangup
    let added: CarrierForm.Fields = [
      ("RecordingUrl", desk.url(ofRecording: recording.sid)), ("RecordingSid", recording.sid),
      ("RecordingDuration", String(recording.seconds)), ("Digits", isGone ? "hangup" : ""),
    ]
    let action = verb.action.map { Self.absolute($0, from: url) } ?? url
    guard let (document, next) = await load(action, method: verb.method, purpose: "action", adding: added) else {
      return .end(.answered)
    }
    // Who has hung up hears nothing more; only where the call's document moves on to is still asked.
    guard isGone else { return .document(document, url: next) }
    if case .redirect(let target, let method)? = document.verbs.first {
      return await redirect(to: Self.absolute(target, from: next), method)
    }
    return .end(.answered)
  }

  /// What a recording's callback says: of the call no more than its id.
  private func recordingFields(_ recording: CarrierRecording, _ absence: Int?) -> CarrierForm.Fields {
    var fields: CarrierForm.Fields = [
      ("AccountSid", desk.accountSID), ("CallSid", sid), ("SandboxNews", "1"), ("RecordingSid", recording.sid),
      ("RecordingUrl", desk.url(ofRecording: recording.sid)),
      ("RecordingStatus", absence == nil ? "completed" : "absent"), ("RecordingDuration", String(recording.seconds)),
      ("RecordingChannels", "1"), ("RecordingSource", "RecordVerb"), ("RecordingTrack", "inbound"),
      ("RecordingStartTime", RFC2822.format(milliseconds: recording.started)),
    ]
    if let absence { fields.append(("ErrorCode", String(absence))) }
    return fields
  }

  /// Fetches a document; when that fails the fallback's, once. Nil ends the call.
  private mutating func load(
    _ url: String, method: String, purpose: String, adding added: CarrierForm.Fields
  ) async -> (TwiML, url: String)? {
    let status = !isAnswered ? "ringing" : callerIsGone ? "completed" : "in-progress"
    let order = CarrierWebhooks.Order(
      purpose: purpose, url: url, method: method, fields: fields(status: status) + added,
      timeout: .milliseconds(habits.webhookTimeout))
    let outcome = await desk.webhooks.send(order)
    var failure: CarrierWebhooks.Failure
    switch outcome.result {
    case .success(let answer):
      do throws(XMLReader.Failure) {
        // An action may answer nothing at all: the call goes on to its end.
        let document = answer.status == 204 || answer.body.isEmpty ? TwiML(verbs: []) : try TwiML(answer.body)
        try Self.check(answer)
        desk.log.note(order, in: sid, status: answer.status, fault: outcome.fault)
        return (document, url)
      } catch {
        failure = CarrierWebhooks.Failure(code: 12_100, text: error.description, status: answer.status)
        if (try? Self.check(answer)) == nil { failure.code = 12_300 }
      }
    case .failure(let refused): failure = refused
    }
    desk.log.note(
      order, in: sid, status: failure.status, error: "\(failure.code): \(failure.text)", fault: outcome.fault)
    // Where the caller has gone there is no call left to save.
    guard !isInFallback, !callerIsGone, let fallback = route["VoiceFallbackUrl"], !fallback.isEmpty, !Task.isCancelled
    else {
      note { $0.problem = "\(failure.code): \(failure.text)" }
      return nil
    }
    isInFallback = true
    return await load(
      fallback, method: route["VoiceFallbackMethod"] ?? "POST", purpose: "fallback",
      adding: [("ErrorCode", String(failure.code)), ("ErrorUrl", url)])
  }

  /// Twilio takes XML; what says that it is something else is refused (12300).
  private static func check(_ answer: AnswerReader.Answer) throws(XMLReader.Failure) {
    guard let type = answer.contentType?.prefix(while: { $0 != ";" }), !answer.body.isEmpty else { return }
    guard ["text/xml", "application/xml", "text/html"].contains(type) else {
      throw XMLReader.Failure(description: "the content type is \(type)")
    }
  }

  /// What every webhook of the call says, a field nobody has announced among it.
  private func fields(status: String) -> CarrierForm.Fields {
    [
      ("CallSid", sid), ("AccountSid", desk.accountSID), ("ApiVersion", "2010-04-01"), ("From", from),
      ("To", to.e164), ("Caller", from), ("Called", to.e164), ("CallStatus", status), ("Direction", "inbound"),
      ("FromCity", ""), ("FromState", "CA"), ("FromZip", ""), ("FromCountry", PhoneDigits(from)?.region ?? ""),
      ("ToCity", ""), ("ToState", ""), ("ToZip", ""), ("ToCountry", to.region),
      ("StirVerstat", "TN-Validation-Passed-A"), ("SandboxNews", "a+b & ä = new"),
    ]
  }

  private mutating func answer(by url: String) {
    guard !isAnswered else { return }
    isAnswered = true
    note { record in
      record.answeredBy = url
      record.outcome = .inProgress
    }
  }

  /// The call goes on for so many samples, or until the caller hangs up.
  private mutating func pass(_ samples: Int) async {
    let passed = min(samples, sound.samples.count - position)
    await wait(Double(passed) / Double(CallSound.rate))
    position += passed
  }

  private func wait(_ seconds: Double) async {
    // Ends early only when the call is stopped, which the caller sees.
    do { try await Task.sleep(for: .seconds(seconds / speed)) } catch { return }
  }

  private func note(_ change: (inout CallRecord) -> Void) { desk.log.update(sid, change) }

  /// TwiML may name a path; it counts from the document it stands in.
  static func absolute(_ target: String, from url: String) -> String {
    if target.contains("://") { return target }
    let start = url.range(ofScheme: "://")
    let authority = url[start...].prefix { $0 != "/" && $0 != "?" }
    let origin = url[..<start] + authority
    if target.hasPrefix("/") { return origin + target }
    let path = url[authority.endIndex...].prefix { $0 != "?" }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return origin + folder + target
  }
}

extension String {
  /// Where what follows the scheme begins.
  fileprivate func range(ofScheme mark: String) -> String.Index {
    var index = startIndex
    while index < endIndex {
      if self[index...].hasPrefix(mark) { return self.index(index, offsetBy: mark.count) }
      index = self.index(after: index)
    }
    return startIndex
  }
}
