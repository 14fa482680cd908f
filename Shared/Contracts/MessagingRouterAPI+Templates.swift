package import JSON
package import Wire

extension MessagingRouterAPI {
  /// Templates: what may be sent outside of the window.
  package static let templateCalls: [any Call.Type] = [
    CreateTemplate.self, ListTemplates.self, GetTemplate.self, UpdateTemplate.self, DeleteTemplate.self,
    SyncTemplates.self, PreviewTemplate.self, ListTemplateEvents.self, UnpauseTemplate.self, SendTemplate.self,
  ]

  /// Checks a template here, then asks Meta for it.
  package struct CreateTemplate: Call {
    package static let method = "messaging.template.create"
    package static let summary = "Create a template at Meta, checked here against Meta's bounds first."
    package static let details = """
      Checks the template against Meta's published bounds and the reasons for which Meta refuses or rejects one, and \
      then asks Meta for it; `components` are written as in Meta's documents. What is wrong is told field by field in \
      `details.problems`, with nothing asked of Meta. `warnings` of the answer name what a reviewer may find fault \
      with. A template is `pending` until Meta has decided, which usually takes minutes. Meta takes 100 new templates \
      an hour for an account. A lost answer is settled by looking for the template at Meta: it is never made twice.
      """
    package static let requestExample: JSONObject = [
      "name": "order_ready", "language": "en_US", "category": "utility",
      "components": [
        [
          "type": "body", "text": "Hello {{1}}, your order {{2}} is ready to be picked up today.",
          "example": ["body_text": [["Ann", "1042"]]],
        ]
      ],
    ]
    package static let deadline = Duration.seconds(30)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(
      .post, "/v1/senders/{sender_id}/templates", role: .operator, successStatus: 201)
    package typealias Reply = Template
    package var senderID: SenderID
    /// 1 to 512 of `a-z`, `0-9` and `_`.
    package var name: String
    /// Meta's code, for example `en_US`.
    package var language: String
    package var category: TemplateCategory
    /// Found out of the variables when absent.
    package var parameterFormat: TemplateParameterFormat?
    package var components: [TemplateComponent]
    /// How long Meta tries to deliver it; marketing 12 hours to 30 days, utility 30 s to 12 hours, authentication 30
    /// s to 15 minutes.
    package var messageSendTTLSeconds: Int?

    package init(
      senderID: SenderID, name: String, language: String, category: TemplateCategory,
      parameterFormat: TemplateParameterFormat? = nil, components: [TemplateComponent],
      messageSendTTLSeconds: Int? = nil
    ) {
      self.senderID = senderID
      self.name = name
      self.language = language
      self.category = category
      self.parameterFormat = parameterFormat
      self.components = components
      self.messageSendTTLSeconds = messageSendTTLSeconds
    }
  }

  /// Templates that a sender may use, by name.
  package struct ListTemplates: Call {
    package static let method = "messaging.template.list"
    package static let summary = "Templates of a sender's WhatsApp Business Account, by name."
    package static let details = """
      Lists the templates of the WhatsApp Business Account that the sender belongs to; all of its senders share them. \
      They are read at Meta every hour, after each of Meta's own notices, and by `POST …/templates/sync`. Deleted ones \
      are shown only by `status=deleted`.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/templates", role: .viewer)
    package typealias Reply = Page<Template>
    package var senderID: SenderID
    package var status: TemplateStatus?
    package var category: TemplateCategory?
    /// Names that begin so.
    package var name: String?
    package var limit: Int?
    package var cursor: String?

    package init(
      senderID: SenderID, status: TemplateStatus? = nil, category: TemplateCategory? = nil, name: String? = nil,
      limit: Int? = nil, cursor: String? = nil
    ) {
      self.senderID = senderID
      self.status = status
      self.category = category
      self.name = name
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One template.
  package struct GetTemplate: Call {
    package static let method = "messaging.template.get"
    package static let summary = "One template with its components, variables and state at Meta."
    package static let details = """
      Shows one template: what it says, what a send has to bring (`variables`), and what Meta makes of it.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/templates/{id}", role: .viewer)
    package typealias Reply = Template
    package var id: TemplateID

    package init(id: TemplateID) { self.id = id }
  }

  /// Reads all of Meta's list now.
  package struct SyncTemplates: Call {
    package static let method = "messaging.template.sync"
    package static let summary = "Read all templates of a sender's account at Meta now."
    package static let details = """
      Reads every page of Meta's list and answers what was new, changed or gone. It happens every hour and after \
      Meta's notices by itself. A second call within a few seconds is refused with `SYNCED_JUST_NOW`.
      """
    package static let deadline = Duration.seconds(60)
    package static let isIdempotent = true
    package static let isAudited = false
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/senders/{sender_id}/templates/sync", role: .operator)
    package typealias Reply = TemplateSyncReport
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Shows a template with its variables filled.
  package struct PreviewTemplate: Call {
    package static let method = "messaging.template.preview"
    package static let summary = "A template as the customer will see it."
    package static let details = """
      Fills the variables and shows header, body, footer, buttons and cards. A variable without a value shows its \
      example and is named in `missing`. Nothing is sent.
      """
    package static let requestExample: JSONObject = ["variables": ["1": "Ann", "2": "1042"]]
    package static let isIdempotent = true
    package static let isAudited = false
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/templates/{id}/preview", role: .viewer)
    package typealias Reply = TemplatePreview
    package var id: TemplateID
    /// By the names of the template's `variables`.
    package var variables: [String: String]?

    package init(id: TemplateID, variables: [String: String]? = nil) {
      self.id = id
      self.variables = variables
    }
  }

  /// What has happened to a template, newest first.
  package struct ListTemplateEvents: Call {
    package static let method = "messaging.template.events"
    package static let summary = "Changes of a template's status, quality, category and words, newest first."
    package static let details = """
      Lists every change of a template: told by Meta's webhooks, seen when Meta's list was read, or made by a call.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/templates/{id}/events", role: .viewer)
    package typealias Reply = Page<TemplateEvent>
    package var id: TemplateID
    package var limit: Int?
    package var cursor: String?

    package init(id: TemplateID, limit: Int? = nil, cursor: String? = nil) {
      self.id = id
      self.limit = limit
      self.cursor = cursor
    }
  }
}
