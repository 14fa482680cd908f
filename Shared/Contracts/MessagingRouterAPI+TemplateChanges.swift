package import JSON
package import Wire

extension MessagingRouterAPI {
  /// Edits a template at Meta.
  package struct UpdateTemplate: Call {
    package static let method = "messaging.template.update"
    package static let summary = "Edit a template at Meta; its components are replaced whole."
    package static let details = """
      Edits a template that is approved, rejected or paused; Meta reviews it again. An approved one may be edited once \
      in 24 hours and ten times in 30 days, and its category stays. What is absent stays; `components` are replaced \
      whole and checked like those of a new template.
      """
    package static let requestExample: JSONObject = [
      "components": [
        [
          "type": "body", "text": "Hello {{1}}, your order {{2}} can be picked up today.",
          "example": ["body_text": [["Ann", "1042"]]],
        ]
      ]
    ]
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.patch, "/v1/templates/{id}", role: .operator)
    package typealias Reply = Template
    package var id: TemplateID
    package var category: TemplateCategory?
    package var components: [TemplateComponent]?
    package var messageSendTTLSeconds: Int?
    package var ifVersion: Int64?

    package init(
      id: TemplateID, category: TemplateCategory? = nil, components: [TemplateComponent]? = nil,
      messageSendTTLSeconds: Int? = nil, ifVersion: Int64? = nil
    ) {
      self.id = id
      self.category = category
      self.components = components
      self.messageSendTTLSeconds = messageSendTTLSeconds
      self.ifVersion = ifVersion
    }
  }

  /// Deletes a template at Meta.
  package struct DeleteTemplate: Call {
    package static let method = "messaging.template.delete"
    package static let summary = "Delete a template at Meta: this language, or all languages of its name."
    package static let details = """
      Deletes one language of a template, or with `all_languages` every language of its name. The name of an approved \
      template is blocked at Meta for 30 days. A template that Meta has disabled cannot be deleted. Its history and the \
      messages that were sent with it stay.
      """
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.delete, "/v1/templates/{id}", role: .operator, successStatus: 204)
    package typealias Reply = Done
    package var id: TemplateID
    package var allLanguages: Bool?
    package var ifVersion: Int64?

    package init(id: TemplateID, allLanguages: Bool? = nil, ifVersion: Int64? = nil) {
      self.id = id
      self.allLanguages = allLanguages
      self.ifVersion = ifVersion
    }
  }

  /// Ends Meta's pause of a template.
  package struct UnpauseTemplate: Call {
    package static let method = "messaging.template.unpause"
    package static let summary = "End a pause that Meta has set because customers reacted badly to the first messages."
    package static let details = """
      Ends the pause of a template that Meta's pacing has stopped. A pause for low quality ends by itself, after 3 and \
      then 6 hours; Meta refuses to end that one.
      """
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/templates/{id}/unpause", role: .operator)
    package typealias Reply = Template
    package var id: TemplateID

    package init(id: TemplateID) { self.id = id }
  }

  /// Queues a template by its id, with its variables.
  package struct SendTemplate: Call {
    package static let method = "messaging.template.send"
    package static let summary = "Queue a template by its id, with its variables."
    // The message is its own record.
    package static let isAudited = false
    package static let details = """
      Queues an approved template to a customer, inside or outside of the 24-hour window; it never opens one. \
      `variables` are named as in the template's `variables`. They are checked here first: `TEMPLATE_MISMATCH` names \
      the field. Send an `Idempotency-Key`: a message is never sent twice by a repeat.
      """
    package static let requestExample: JSONObject = [
      "variables": ["1": "Ann", "2": "1042"]
    ]
    package static let deadline = Duration.seconds(15)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/messages/template", role: .operator, successStatus: 202)
    package typealias Reply = Message
    package var senderID: SenderID
    package var templateID: TemplateID
    /// In E.164, with its plus.
    package var to: RecipientNumber
    /// At most 255 characters; kept for a contact that has no name yet.
    package var recipientName: String?
    package var variables: [String: String]?
    /// For a header that shows a medium.
    package var headerMedia: MessageMedia?
    /// For a header that shows a place.
    package var headerLocation: MessageLocation?
    /// For the cards of a carousel, one each.
    package var cardMedia: [MessageMedia]?
    /// Not before this moment, within the next 30 days.
    package var sendAt: Timestamp?
    /// 60 to 2,592,000: what has not been sent by then ends as `expired`.
    package var expiresInSeconds: Int?
    /// Queues it once more, as a new message, when it fails for a reason that may be over later.
    package var resend: Bool?

    package init(
      senderID: SenderID, templateID: TemplateID, to: RecipientNumber, recipientName: String? = nil,
      variables: [String: String]? = nil, headerMedia: MessageMedia? = nil, headerLocation: MessageLocation? = nil,
      cardMedia: [MessageMedia]? = nil, sendAt: Timestamp? = nil, expiresInSeconds: Int? = nil, resend: Bool? = nil
    ) {
      self.senderID = senderID
      self.templateID = templateID
      self.to = to
      self.recipientName = recipientName
      self.variables = variables
      self.headerMedia = headerMedia
      self.headerLocation = headerLocation
      self.cardMedia = cardMedia
      self.sendAt = sendAt
      self.expiresInSeconds = expiresInSeconds
      self.resend = resend
    }
  }
}
