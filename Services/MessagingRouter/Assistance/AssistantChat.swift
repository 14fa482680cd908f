import Contracts

/// Every kind of assistant, each answered by what it needs.
struct AssistantChat: ChatModel {
  let builtIn = BuiltInChat()
  let server: OpenAICompatibleChat

  func reply(to history: [Utterance], as assistant: Assistant) async throws(ChatFailure) -> String {
    switch assistant.kind {
    case .builtIn: try await builtIn.reply(to: history, as: assistant)
    case .model: try await server.reply(to: history, as: assistant)
    }
  }
}
