/// What one of Meta's send errors means here: our code, the words for people, and what follows from it.
struct SendErrorRule: Sendable, Equatable {
  /// Whether the message that was refused is tried again.
  enum Retry: String, Sendable {
    case never
    /// One more try: Meta does not know itself.
    case once
    /// 1, 4, 16, 64, 256 s; six sends.
    case backOff
    /// As soon as the number may send again; only the end of its time ends it.
    case afterPause
    /// 4ⁿ s for this conversation; only the end of its time ends it.
    case pair
    /// A day at least: by whoever sent it, never by itself.
    case nextDay

    /// Whether the message is queued again by itself.
    var isAutomatic: Bool { self != .never && self != .nextDay }
  }

  /// What waits because of it.
  enum Scope: String, Sendable {
    case message
    case conversation
    /// Broadcasts of the number; answers go on.
    case broadcasts
    case sender
    /// Every number of the WhatsApp Business Account.
    case account
  }

  var codes: [ClosedRange<Int>]
  /// Stable `UPPER_SNAKE`.
  var code: String
  /// What happened, in plain words.
  var meaning: String
  /// What to do about it.
  var nextStep: String
  var retry: Retry
  var scope: Scope
  /// How long `scope` waits, in milliseconds.
  var pause: Int64
  /// Nothing mends it but a person or a change at Meta: the number's pause is shown with its reason, and one message
  /// tries it again when the pause is over.
  var needsAttention: Bool

  init(
    _ codes: ClosedRange<Int>..., code: String, _ meaning: String, _ nextStep: String, retry: Retry = .never,
    scope: Scope = .message, pause: Int64 = 0, needsAttention: Bool = false
  ) {
    self.codes = codes
    self.code = code
    self.meaning = meaning
    self.nextStep = nextStep
    self.retry = retry
    self.scope = scope
    self.pause = pause
    self.needsAttention = needsAttention
  }

  /// A number that needs attention, in its own pause of ten minutes.
  static func stopped(
    _ codes: ClosedRange<Int>..., code: String, _ meaning: String, _ nextStep: String, retry: Retry = .never
  ) -> SendErrorRule {
    var rule = SendErrorRule(
      code: code, meaning, nextStep, retry: retry, scope: .sender, pause: 600_000, needsAttention: true)
    rule.codes = codes
    return rule
  }

  /// How long after a failure its content may be sent once more, in milliseconds; nil for never. A day where Meta asks
  /// for one; else the pause of what waits because of it, or what would be the next step of the back-off.
  var resendDelay: Int64? {
    switch retry {
    case .never: nil
    case .nextDay: 24 * 3_600_000
    case .once, .backOff, .afterPause, .pair: max(pause, SendPolicy.backoff(SendPolicy.attempts))
    }
  }

  func covers(_ code: Int) -> Bool { codes.contains { $0.contains(code) } }
}
