/// Why a webhook got no answer.
enum WebhookFailure: Error, Equatable {
  case unreachable(String)
  case timeout
  case closed
  case badAnswer
}
