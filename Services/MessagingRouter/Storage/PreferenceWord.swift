import Contracts

/// What somebody says about one category of messages.
struct PreferenceWord: Sendable {
  var account: String
  var contact: String
  var category = OptOuts.marketing
  var isOptedOut: Bool
  var source: PreferenceChange.Source
  var sender: SenderID?
  /// Our id of the message that says so, or that Meta refused.
  var message: String?
  var detail: String?
  /// Who called, where it was a call.
  var actor: String?
  /// Meta's time, or ours.
  var saidAt: Int64
}
