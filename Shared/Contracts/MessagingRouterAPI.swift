package import Wire

/// What `messaging-router` answers.
package enum MessagingRouterAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] =
    [
      CreateAssistant.self, GetAssistant.self, ListAssistants.self, UpdateAssistant.self, DeleteAssistant.self,
      GetBinding.self, ListBindings.self, SetBinding.self, GetMessage.self, ListConversations.self, ListMessages.self,
    ] + messageCalls + contactCalls + erasureCalls + mediaCalls + templateCalls + schedulerCalls + broadcastCalls

  /// Creates an assistant. With an idempotency key a repeat answers with the first one.
  package struct CreateAssistant: Call {
    package static let method = "messaging.assistant.create"
    package static let summary = "Create an assistant that answers customers: built-in pairs, or a model."
    package static let details = """
      Creates an assistant that answers customers once a sender is bound to it. A `model` needs `instructions` \
      and is asked with the conversation so far; a `built_in` asks nobody and answers from its `pairs`, or \
      with its `fallback`.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/assistants", role: .operator, successStatus: 201)
    package typealias Reply = Assistant
    package var name: String
    /// Default `model`.
    package var kind: Assistant.Kind?
    /// The system prompt, 1 to 20,000 characters; required for a `model`.
    package var instructions: String?
    /// The provider's model name; the service's default when absent. Only for a `model`.
    package var model: String?
    /// 0 to 1, default 0.1. Only for a `model`.
    package var temperature: Double?
    /// At most 200, and 256 KiB in all. Only for a `built_in`.
    package var pairs: [Assistant.Pair]?
    /// 1 to 4,096 characters, said when no pair fits; required for a `built_in`.
    package var fallback: String?

    package init(
      name: String, kind: Assistant.Kind? = nil, instructions: String? = nil, model: String? = nil,
      temperature: Double? = nil, pairs: [Assistant.Pair]? = nil, fallback: String? = nil
    ) {
      self.name = name
      self.kind = kind
      self.instructions = instructions
      self.model = model
      self.temperature = temperature
      self.pairs = pairs
      self.fallback = fallback
    }
  }

  /// One assistant.
  package struct GetAssistant: Call {
    package static let method = "messaging.assistant.get"
    package static let summary = "One assistant with its instructions, or its pairs."
    package static let details = """
      Shows one assistant. Its `ETag` is what `If-Match` of a later change takes.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/assistants/{id}", role: .viewer)
    package typealias Reply = Assistant
    package var id: AssistantID

    package init(id: AssistantID) { self.id = id }
  }

  /// Assistants of the account, newest first; a page of large ones ends early.
  package struct ListAssistants: Call {
    package static let method = "messaging.assistant.list"
    package static let summary = "Assistants of the account, newest first."
    package static let details = """
      Lists the assistants of the account, newest first. A page whose assistants are large ends early: go by \
      `next_cursor`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/assistants", role: .viewer)
    package typealias Reply = Page<Assistant>
    package var limit: Int?
    package var cursor: String?

    package init(limit: Int? = nil, cursor: String? = nil) {
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Merges changes into an assistant. Its kind stays what it is.
  package struct UpdateAssistant: Call {
    package static let method = "messaging.assistant.update"
    package static let summary = "Change an assistant. Absent fields stay, null unsets or brings the default back."
    package static let details = """
      Merges changes into an assistant: what is absent stays, `null` unsets, and of a model it brings back the \
      service's own model name or temperature. `pairs` are replaced as a whole, and the kind stays what it is. \
      The outcome is checked like a new assistant. A turn that is under way is still answered as before.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.patch, "/v1/assistants/{id}", role: .operator)
    package typealias Reply = Assistant
    package var id: AssistantID
    package var name: String?
    package var instructions: Patch<String>
    package var model: Patch<String>
    package var temperature: Patch<Double>
    /// All of them: a list is replaced, not merged.
    package var pairs: [Assistant.Pair]?
    package var fallback: Patch<String>
    package var ifVersion: Int64?

    package init(
      id: AssistantID, name: String? = nil, instructions: Patch<String> = .absent, model: Patch<String> = .absent,
      temperature: Patch<Double> = .absent, pairs: [Assistant.Pair]? = nil, fallback: Patch<String> = .absent,
      ifVersion: Int64? = nil
    ) {
      self.id = id
      self.name = name
      self.instructions = instructions
      self.model = model
      self.temperature = temperature
      self.pairs = pairs
      self.fallback = fallback
      self.ifVersion = ifVersion
    }
  }

  /// Removes an assistant that no sender is bound to.
  package struct DeleteAssistant: Call {
    package static let method = "messaging.assistant.delete"
    package static let summary = "Delete an assistant that no sender is bound to. What it has said stays."
    package static let details = """
      Deletes an assistant. While a sender is bound to it that is refused with `ASSISTANT_IN_USE`: unbind it \
      first with `PATCH /v1/senders/{id}` and `assistant_id` null. Messages that it has written stay.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.delete, "/v1/assistants/{id}", role: .operator, successStatus: 204)
    package typealias Reply = Done
    package var id: AssistantID
    package var ifVersion: Int64?

    package init(id: AssistantID, ifVersion: Int64? = nil) {
      self.id = id
      self.ifVersion = ifVersion
    }
  }

  /// Which assistant answers for a sender.
  package struct Binding: Codable, Sendable, Equatable {
    package var senderID: SenderID
    package var assistantID: AssistantID?
    package var aiEnabled: Bool

    package init(senderID: SenderID, assistantID: AssistantID?, aiEnabled: Bool) {
      self.senderID = senderID
      self.assistantID = assistantID
      self.aiEnabled = aiEnabled
    }
  }

  /// Reads which assistant answers for a sender; the registry shows it in the sender.
  package struct GetBinding: Call {
    package static let method = "messaging.binding.get"
    package static let summary = "Which assistant answers for a sender."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package typealias Reply = Binding
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Reads which assistants answer for many senders at once; the registry shows them in a page of senders.
  package struct ListBindings: Call {
    package static let method = "messaging.binding.list"
    package static let summary = "Which assistants answer for some senders; those of other accounts are left out."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    /// As many as a page holds.
    package static let mostSenders = 100
    /// 1 to 100.
    package var senderIDs: [SenderID]

    package struct Reply: Codable, Sendable, Equatable {
      package var data: [Binding]

      package init(data: [Binding]) { self.data = data }
    }

    package init(senderIDs: [SenderID]) { self.senderIDs = senderIDs }
  }

  /// Binds an assistant to a sender, or switches its answers on or off. What is absent stays; the first assistant a
  /// sender gets is switched on unless told otherwise. Answered after the commit.
  package struct SetBinding: Call {
    package static let method = "messaging.binding.set"
    package static let summary = "Bind an assistant to a sender, or switch its answers on or off."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package typealias Reply = Binding
    package var senderID: SenderID
    /// Null unbinds; with nobody bound nobody answers.
    package var assistantID: Patch<AssistantID>
    package var aiEnabled: Bool?

    package init(senderID: SenderID, assistantID: Patch<AssistantID>, aiEnabled: Bool?) {
      self.senderID = senderID
      self.assistantID = assistantID
      self.aiEnabled = aiEnabled
    }
  }

  /// One message.
  package struct GetMessage: Call {
    package static let method = "messaging.message.get"
    package static let summary = "One message with its status."
    package static let details = """
      Shows one message with its status, Meta's id once it is known, and why it failed if it did.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/messages/{id}", role: .viewer)
    package typealias Reply = Message
    package var id: MessageID

    package init(id: MessageID) { self.id = id }
  }

  /// Conversations of a sender, the most recently active first.
  package struct ListConversations: Call {
    package static let method = "messaging.conversation.list"
    package static let summary = "Conversations of a sender, the most recently active first."
    package static let details = """
      Lists the conversations of a sender with their contacts, the most recently active first. \
      `window_expires_at` says until when free text may be sent.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/conversations", role: .viewer)
    package typealias Reply = Page<Conversation>
    package var senderID: SenderID
    package var limit: Int?
    package var cursor: String?

    package init(senderID: SenderID, limit: Int? = nil, cursor: String? = nil) {
      self.senderID = senderID
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Messages of a conversation, newest first.
  package struct ListMessages: Call {
    package static let method = "messaging.message.list"
    package static let summary = "Messages of a conversation, newest first."
    package static let details = """
      Lists what was said in a conversation, newest first, in both directions.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/conversations/{conversation_id}/messages", role: .viewer)
    package typealias Reply = Page<Message>
    package var conversationID: ConversationID
    package var limit: Int?
    package var cursor: String?

    package init(conversationID: ConversationID, limit: Int? = nil, cursor: String? = nil) {
      self.conversationID = conversationID
      self.limit = limit
      self.cursor = cursor
    }
  }
}
