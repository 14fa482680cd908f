import Contracts

/// What Meta's rules and the message's own time say of sending it now: asked when it is queued, and again in the moment
/// before it leaves, because a window may have closed or a customer may have refused marketing meanwhile.
enum SendingRule {
  enum Verdict: Sendable, Equatable {
    case send
    /// Its time is over: it ends as `expired`.
    case expired
    /// It may not be sent: it ends as `failed` with this.
    case refuse(MessageError)
  }

  /// Meta's message types that need no open window.
  static func needsWindow(type: String) -> Bool { type != "template" }

  /// Codes go to numbers only: Meta takes no user id for one-tap, zero-tap and copy-code templates (131062). `category`
  /// is the template's, lower case.
  static func needsNumber(category: String?) -> Bool { category == "authentication" }

  /// The verdict at `now`. `category` is the template's, lower case; all times in milliseconds.
  static func mayStillSend(
    type: String, category: String?, windowExpiresAt: Int64?, expiresAt: Int64?, blocksMarketing: Bool, at now: Int64
  ) -> Verdict {
    if let expiresAt, expiresAt <= now { return .expired }
    if needsWindow(type: type), (windowExpiresAt ?? 0) <= now {
      return .refuse(SendErrors.windowClosed)
    }
    if category == "marketing", blocksMarketing {
      return .refuse(SendErrors.marketingRefused)
    }
    return .send
  }
}
