import Contracts

/// The assistant that needs no model: the answer of the pair that fits, else its fallback sentence.
struct BuiltInChat: ChatModel {
  func reply(to history: [Utterance], as assistant: Assistant) async throws(ChatFailure) -> String {
    let question = history.last { $0.direction == .inbound }?.text ?? ""
    guard let answer = QuestionMatcher.answer(to: question, among: assistant.pairs) ?? assistant.fallback else {
      throw ChatFailure(kind: .permanent, message: "no pair fits, and the assistant has no fallback")
    }
    return answer
  }
}
