package import JSON
package import Wire

extension MessagingRouterAPI {
  /// Sending and reading messages.
  package static let messageCalls: [any Call.Type] = [
    SendMessage.self, SendText.self, SearchMessages.self, CancelMessage.self, MarkMessageRead.self,
    GetSessionStatus.self,
  ]

  /// Queues a message of any type. With an idempotency key a repeat answers with the first message.
  package struct SendMessage: Call {
    package static let method = "messaging.message.send"
    package static let summary = "Queue a message: text, media, location, contacts, reaction, interactive or template."
    package static let details = """
      Queues a message to a customer and answers before it is sent: its `status` and the receipts tell the rest. Give \
      exactly one kind of content, and one recipient: `to`, or `recipient` (Meta's user id), or `contact_id`; `to` wins. \
      Everything but a template is allowed for 24 hours after the customer's last message or call; outside of that \
      window the call is refused with `SESSION_EXPIRED` and its `session_status`. All of Meta's bounds are checked \
      before anything is queued; lengths count Unicode code points. `send_at` waits for a moment up to 30 days ahead; \
      without a template it has to lie inside of the window. With `resend` a message that Meta refuses for now, as with \
      its cap of marketing messages (`MARKETING_CAP`), is queued once more as a new message after the time that Meta \
      asks for. Send an `Idempotency-Key`: a message is never sent twice by a repeat.
      """
    // The message is its own record.
    package static let isAudited = false
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/messages", role: .operator, successStatus: 202)
    package static let requestExample: JSONObject = [
      "to": "+14155550123", "text": "Your order is ready to be picked up.",
    ]
    package typealias Reply = Message
    package var senderID: SenderID
    /// The customer's number in E.164.
    package var to: RecipientNumber?
    /// 1 to 4,096 characters, not blank; of the control characters only tab and line ends.
    package var text: String?
    /// Shows a preview of the first link of `text`.
    package var previewURL: Bool?
    /// Meta's user id of the customer, for one whose number is not known.
    package var recipient: String?
    package var contactID: ContactID?
    package var image: MessageMedia?
    package var video: MessageMedia?
    package var audio: MessageMedia?
    package var document: MessageMedia?
    package var sticker: MessageMedia?
    package var location: MessageLocation?
    /// 1 to 257 cards.
    package var contacts: [ContactCard]?
    package var reaction: MessageReaction?
    package var interactive: InteractiveMessage?
    package var template: TemplateMessage?
    /// Our id of a message of this conversation that this one answers.
    package var replyTo: MessageID?
    /// Not before this moment, at most 30 days ahead.
    package var sendAt: Timestamp?
    /// What has not been sent so long after `send_at`, or after now, ends as `expired`: 60 s to 30 days.
    package var expiresInSeconds: Int?
    /// 1 to 255 characters, kept for a customer whose name is not known yet.
    package var recipientName: String?
    /// Refuses the message with `NO_ASSISTANT_CONFIGURED` when no assistant would answer the customer's reply.
    package var requiresAssistant: Bool?
    /// Queues it once more, as a new message, when it fails for a reason that may be over later.
    package var resend: Bool?

    package init(
      senderID: SenderID, to: PhoneNumber? = nil, text: String? = nil, previewURL: Bool? = nil,
      recipient: String? = nil, contactID: ContactID? = nil, image: MessageMedia? = nil, video: MessageMedia? = nil,
      audio: MessageMedia? = nil, document: MessageMedia? = nil, sticker: MessageMedia? = nil,
      location: MessageLocation? = nil, contacts: [ContactCard]? = nil, reaction: MessageReaction? = nil,
      interactive: InteractiveMessage? = nil, template: TemplateMessage? = nil, replyTo: MessageID? = nil,
      sendAt: Timestamp? = nil, expiresInSeconds: Int? = nil, recipientName: String? = nil,
      requiresAssistant: Bool? = nil, resend: Bool? = nil
    ) {
      self.senderID = senderID
      self.to = to.map { RecipientNumber($0) }
      self.text = text
      self.previewURL = previewURL
      self.recipient = recipient
      self.contactID = contactID
      self.image = image
      self.video = video
      self.audio = audio
      self.document = document
      self.sticker = sticker
      self.location = location
      self.contacts = contacts
      self.reaction = reaction
      self.interactive = interactive
      self.template = template
      self.replyTo = replyTo
      self.sendAt = sendAt
      self.expiresInSeconds = expiresInSeconds
      self.recipientName = recipientName
      self.requiresAssistant = requiresAssistant
      self.resend = resend
    }
  }

  /// Queues a text: the short form of `SendMessage`.
  package struct SendText: Call {
    package static let method = "messaging.message.send_text"
    package static let summary = "Queue a text inside the customer's 24-hour window."
    package static let details = """
      The short form of `POST /v1/messages` for a text of at most 4,096 characters to a number. Outside of the \
      customer's 24-hour window it is refused with `SESSION_EXPIRED` and its `session_status`: send a template then.
      """
    // The message is its own record.
    package static let isAudited = false
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/messages/text", role: .operator, successStatus: 202)
    package typealias Reply = Message
    package var senderID: SenderID
    package var to: RecipientNumber
    /// 1 to 4,096 characters, not blank; of the control characters only tab and line ends.
    package var text: String

    package init(senderID: SenderID, to: PhoneNumber, text: String) {
      self.senderID = senderID
      self.to = RecipientNumber(to)
      self.text = text
    }
  }

  /// Messages of a sender across its conversations, newest first.
  package struct SearchMessages: Call {
    package static let method = "messaging.message.search"
    package static let summary = "Messages of a sender across its conversations, newest first."
    package static let details = """
      Lists what a sender has sent and received, newest first. With `status` only what waits or has not worked out: \
      `queued`, `sending`, `unknown`, `failed`, `expired` or `cancelled`. With `is_scheduled` only what waits for its \
      `send_at`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/messages", role: .viewer)
    package typealias Reply = Page<Message>
    package var senderID: SenderID
    package var status: MessageStatus?
    /// True: only queued messages with a `send_at`. Not together with another `status` than `queued`.
    package var isScheduled: Bool?
    package var limit: Int?
    package var cursor: String?

    package init(
      senderID: SenderID, status: MessageStatus? = nil, isScheduled: Bool? = nil, limit: Int? = nil,
      cursor: String? = nil
    ) {
      self.senderID = senderID
      self.status = status
      self.isScheduled = isScheduled
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Calls off a message that has not been sent.
  package struct CancelMessage: Call {
    package static let method = "messaging.message.cancel"
    package static let summary = "Call off a message that is still queued."
    package static let details = """
      Calls off a message that is still `queued`, scheduled or not: it becomes `cancelled` and is never sent. One that \
      is on its way or has ended is left as it is and answered with `MESSAGE_NOT_CANCELLABLE`; one that is cancelled \
      already is shown again.
      """
    package static let isAudited = false
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/messages/{id}/cancel", role: .operator)
    package typealias Reply = Message
    package var id: MessageID

    package init(id: MessageID) { self.id = id }
  }

  /// Marks a customer's message as read, and may show that an answer is being written.
  package struct MarkMessageRead: Call {
    package static let method = "messaging.message.mark_read"
    package static let summary = "Mark a customer's message as read, and show that an answer is being written."
    package static let details = """
      Shows the customer that the message, and what came before it, was read. With `typing` the customer also sees that \
      an answer is being written: for 25 seconds, or until the answer arrives. Asked of Meta at once and not queued: \
      when Meta does not answer, the call may be repeated without harm.
      """
    package static let isAudited = false
    package static let isIdempotent = true
    package static let deadline: Duration = .seconds(12)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/messages/{id}/read", role: .operator)
    package typealias Reply = Message
    package var id: MessageID
    package var typing: Bool?

    package init(id: MessageID, typing: Bool? = nil) {
      self.id = id
      self.typing = typing
    }
  }

  /// Whether free-form messages may be sent to a customer now.
  package struct GetSessionStatus: Call {
    package static let method = "messaging.session.get"
    package static let summary = "Whether free-form messages may be sent to a customer now."
    package static let details = """
      Shows the 24-hour window between a sender and a customer, who is named by `to` or `contact_id`: open, closed, or \
      never open because the customer has not written yet. It is counted from Meta's time of the customer's last \
      message or call. `free_entry_expires_at` says until when Meta does not charge for a customer who came from an \
      advertisement; it allows nothing by itself.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/session-status", role: .viewer)

    package struct Reply: Codable, Sendable, Equatable {
      package var hasConversation: Bool
      package var conversationID: ConversationID?
      package var customerName: String?
      package var lastCustomerMessageAt: Timestamp?
      package var freeEntryExpiresAt: Timestamp?
      package var sessionStatus: SessionStatus

      package init(
        hasConversation: Bool, conversationID: ConversationID? = nil, customerName: String? = nil,
        lastCustomerMessageAt: Timestamp? = nil, freeEntryExpiresAt: Timestamp? = nil, sessionStatus: SessionStatus
      ) {
        self.hasConversation = hasConversation
        self.conversationID = conversationID
        self.customerName = customerName
        self.lastCustomerMessageAt = lastCustomerMessageAt
        self.freeEntryExpiresAt = freeEntryExpiresAt
        self.sessionStatus = sessionStatus
      }
    }

    package var senderID: SenderID
    package var to: RecipientNumber?
    package var contactID: ContactID?

    package init(senderID: SenderID, to: PhoneNumber? = nil, contactID: ContactID? = nil) {
      self.senderID = senderID
      self.to = to.map { RecipientNumber($0) }
      self.contactID = contactID
    }
  }
}
