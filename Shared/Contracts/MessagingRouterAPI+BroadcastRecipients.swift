package import JSON
package import Wire

extension MessagingRouterAPI {
  static let broadcastRecipientCalls: [any Call.Type] = [
    AddBroadcastRecipients.self, CreateBroadcastUpload.self, ListBroadcastRecipients.self, ListBroadcastErrors.self,
  ]

  /// Adds recipients to a draft.
  package struct AddBroadcastRecipients: Call {
    package static let method = "messaging.recipient.add"
    package static let summary = "Add up to 1,000 recipients to a draft; more come as a file."
    package static let details = """
      Adds recipients by number or contact, each with its own variables. Each is checked against the template: good \
      ones are taken, bad ones are told with their place in the list. Somebody who is in the broadcast already gets \
      the name and the variables of this time: nobody is in it twice.
      """
    package static let requestExample: JSONObject = [
      "recipients": [["to": "+16505550100", "name": "Ann", "variables": ["1": "Ann"]]]
    ]
    // Recipients are people's data: their number is told in the broadcast, not in the audit log.
    package static let isAudited = false
    package static let deadline = Duration.seconds(15)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts/{id}/recipients", role: .operator)
    package typealias Reply = BroadcastUpload
    /// In one call.
    package static let most = 1_000

    package struct Recipient: Codable, Sendable, Equatable {
      /// In E.164, with its plus. This or `contact_id`.
      package var to: String?
      package var contactID: ContactID?
      /// At most 255 characters; kept for a contact that has no name yet.
      package var name: String?
      package var variables: [String: String]?

      package init(
        to: String? = nil, contactID: ContactID? = nil, name: String? = nil, variables: [String: String]? = nil
      ) {
        self.to = to
        self.contactID = contactID
        self.name = name
        self.variables = variables
      }
    }

    package var id: BroadcastID
    /// 1 to 1,000.
    package var recipients: [Recipient]

    package init(id: BroadcastID, recipients: [Recipient]) {
      self.id = id
      self.recipients = recipients
    }
  }

  /// Makes a link that takes a file.
  package struct CreateBroadcastUpload: Call {
    package static let method = "messaging.recipient.upload"
    package static let summary = "A link that takes the recipients of a draft as a CSV file."
    package static let details = """
      Makes a link that takes a CSV file by `PUT` for ten minutes, without an API key. Its first column is `to`; \
      `name` and the template's variables are the others, named in the first line. UTF-8, with commas, semicolons or \
      tabs; values may be quoted (RFC 4180). Good lines are taken, bad ones are listed with their line by \
      `GET …/errors`. Putting a file again is harmless: nobody is in a broadcast twice.
      """
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.post, "/v1/broadcasts/{id}/upload", role: .operator, successStatus: 201)
    package var id: BroadcastID

    package struct Reply: Codable, Sendable, Equatable {
      /// Takes `PUT` with `Content-Type: text/csv`; answers what became of the lines.
      package var uploadURL: String
      package var uploadURLExpiresAt: Timestamp
      /// Largest file, in bytes.
      package var maximumBytes: Int
      /// Most recipients of a broadcast.
      package var maximumRecipients: Int

      package init(uploadURL: String, uploadURLExpiresAt: Timestamp, maximumBytes: Int, maximumRecipients: Int) {
        self.uploadURL = uploadURL
        self.uploadURLExpiresAt = uploadURLExpiresAt
        self.maximumBytes = maximumBytes
        self.maximumRecipients = maximumRecipients
      }
    }

    package init(id: BroadcastID) { self.id = id }
  }

  /// Recipients of a broadcast.
  package struct ListBroadcastRecipients: Call {
    package static let method = "messaging.recipient.list"
    package static let summary = "Recipients of a broadcast and where each of them is."
    package static let details = """
      Lists the recipients of a broadcast in the order they were added, each with its state, its message and why it \
      was skipped or failed; with `state` those of one state, in the order they were written to.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/broadcasts/{id}/recipients", role: .viewer)
    package typealias Reply = Page<BroadcastRecipient>
    package var id: BroadcastID
    package var state: BroadcastRecipient.State?
    package var limit: Int?
    package var cursor: String?

    package init(
      id: BroadcastID, state: BroadcastRecipient.State? = nil, limit: Int? = nil, cursor: String? = nil
    ) {
      self.id = id
      self.state = state
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// What was refused of the last upload.
  package struct ListBroadcastErrors: Call {
    package static let method = "messaging.broadcast.errors"
    package static let summary = "Lines of a broadcast's last upload that were refused, and why."
    package static let details = """
      Lists the refused lines of the last file, or list, of recipients with their line and the reason: the first \
      1,000 of them. `rejected_lines` of the broadcast counts all.
      """
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/broadcasts/{id}/errors", role: .viewer)
    package typealias Reply = Page<BroadcastLineError>
    package var id: BroadcastID
    package var limit: Int?
    package var cursor: String?

    package init(id: BroadcastID, limit: Int? = nil, cursor: String? = nil) {
      self.id = id
      self.limit = limit
      self.cursor = cursor
    }
  }
}
