import Contracts

/// Something that answers a conversation in an assistant's words.
protocol ChatModel: Sendable {
  /// The reply to the last thing the customer said.
  func reply(to history: [Utterance], as assistant: Assistant) async throws(ChatFailure) -> String
}

/// Why a model gave no answer.
struct ChatFailure: Error, Sendable, Equatable {
  var mayRetry: Bool
  var retryAfterMilliseconds: Int64? = nil
  /// For logs: never quotes what the customer or the model said.
  var message: String
}
