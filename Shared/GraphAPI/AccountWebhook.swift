import JSON

/// A webhook about an account or a number, not about messages (facts: webhooks, other fields). Values of Meta's enums
/// stay text: new ones are told on, never lost.
package enum AccountWebhook: Sendable, Equatable {
  /// `account_update`.
  case account(AccountUpdate)
  /// `account_review_update`: `APPROVED`, `REJECTED`, `PENDING`, `DEFERRED`.
  case review(decision: String)
  /// `account_alerts`.
  case alert(AccountAlert)
  /// `business_capability_update`: the messaging limit of the business portfolio, as Meta spelt it.
  case capability(limit: String)
  /// `phone_number_quality_update`; it never carries the rating itself.
  case quality(number: String, event: String, limit: String?)
  /// `phone_number_name_update`.
  case name(NumberNameUpdate)
  /// `security`: `PIN_CHANGED`, `PIN_RESET_REQUEST`, `PIN_REQUEST_SUCCESS`.
  case security(number: String, event: String, requester: String?)

  /// The fields that are read here.
  package static let fields: Set<String> = [
    "account_update", "account_review_update", "account_alerts", "business_capability_update",
    "phone_number_quality_update", "phone_number_name_update", "security",
  ]

  /// Longest text taken over from Meta.
  private static let textLimit = 500

  /// Nil when the value is not what Meta documents for the field.
  package init?(field: String, value bytes: [UInt8]) {
    let document: JSONDocument
    do throws(JSONFailure) { document = try JSONDocument(parsing: bytes) } catch { return nil }
    let value = document.root
    guard value.kind == .object else { return nil }
    let event = Self.text(value["event"])
    let number = Self.digits(value["display_phone_number"])
    switch field {
    case "account_update":
      guard let event else { return nil }
      self = .account(AccountUpdate(event: event, value))
    case "account_review_update":
      guard let decision = Self.text(value["decision"]) else { return nil }
      self = .review(decision: decision)
    case "account_alerts":
      // Newer payloads carry the details in `alert_info`, older ones beside it.
      self = .alert(AccountAlert(value))
    case "business_capability_update":
      let names = [
        "max_daily_conversations_per_business", "max_daily_conversation_per_business",
        "max_daily_conversation_per_phone",
      ]
      guard let limit = names.lazy.compactMap({ Self.text(value[$0]) }).first else { return nil }
      self = .capability(limit: limit)
    case "phone_number_quality_update":
      guard let number, let event else { return nil }
      let limit = Self.text(value["max_daily_conversations_per_business"]) ?? Self.text(value["current_limit"])
      self = .quality(number: number, event: event, limit: limit)
    case "phone_number_name_update":
      guard let number, let decision = Self.text(value["decision"]) else { return nil }
      let reason = Self.text(value["rejection_reason"])
      self = .name(
        NumberNameUpdate(
          number: number, decision: decision, requestedName: Self.text(value["requested_verified_name"]),
          rejectionReason: reason == "NONE" ? nil : reason))
    case "security":
      guard let number, let event else { return nil }
      self = .security(number: number, event: event, requester: Self.text(value["requester"]))
    default:
      return nil
    }
  }

  /// A text, or a whole number as its digits: Meta is not consistent.
  static func text(_ node: JSONNode?) -> String? {
    guard let node, let text = node.string ?? node.int64.map(String.init), !text.isEmpty else { return nil }
    return String(text.prefix(textLimit))
  }

  private static func digits(_ node: JSONNode?) -> String? {
    guard let text = text(node) else { return nil }
    let digits = text.filter { $0.isASCII && $0.isNumber }
    return (4...20).contains(digits.count) ? digits : nil
  }
}

/// What `phone_number_name_update` says: Meta has decided on a display name.
package struct NumberNameUpdate: Sendable, Equatable {
  /// The number's digits.
  package var number: String
  /// `APPROVED`, `DEFERRED`, `PENDING`, `REJECTED`.
  package var decision: String
  package var requestedName: String?
  package var rejectionReason: String?

  package init(number: String, decision: String, requestedName: String?, rejectionReason: String?) {
    self.number = number
    self.decision = decision
    self.requestedName = requestedName
    self.rejectionReason = rejectionReason
  }
}

/// What `account_alerts` says.
package struct AccountAlert: Sendable, Equatable {
  package var entityType: String?
  package var entityID: String?
  /// `CRITICAL`, `WARNING`, `INFORMATIONAL`.
  package var severity: String?
  /// `ACTIVE`, `NONE`.
  package var status: String?
  package var type: String?
  package var words: String?

  init(_ value: JSONNode) {
    let info = value["alert_info"] ?? value
    entityType = AccountWebhook.text(value["entity_type"])
    entityID = AccountWebhook.text(value["entity_id"])
    severity = AccountWebhook.text(info["alert_severity"])
    status = AccountWebhook.text(info["alert_status"])
    type = AccountWebhook.text(info["alert_type"])
    words = AccountWebhook.text(info["alert_description"])
  }
}
