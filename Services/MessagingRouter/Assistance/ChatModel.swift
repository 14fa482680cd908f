import Contracts

/// Something that answers a conversation in an assistant's words.
protocol ChatModel: Sendable {
  /// The reply to the last thing the customer said.
  func reply(to history: [Utterance], as assistant: Assistant) async throws(ChatFailure) -> String
}

/// Why a model gave no answer.
struct ChatFailure: Error, Sendable, Equatable {
  enum Kind: Sendable {
    /// The server is not there, or not able to answer now: it comes back some time.
    case outage
    /// It answered, but with nothing that can be sent: a few tries may help.
    case useless
    /// No try will help: a wrong key, a model that does not exist.
    case permanent
  }

  var kind: Kind
  var retryAfterMilliseconds: Int64? = nil
  /// For logs: never quotes what the customer or the model said.
  var message: String
}
