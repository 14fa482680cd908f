import JSON

/// A number as Meta describes it. Unknown values of Meta's enums stay text: they read as "not sendable".
package struct GraphPhoneNumber: Sendable, Equatable {
  static let fields = [
    "id", "display_phone_number", "verified_name", "code_verification_status", "status", "quality_rating",
    "name_status",
    "new_name_status", "platform_type", "throughput", "whatsapp_business_manager_messaging_limit", "health_status",
    "is_on_biz_app", "is_official_business_account", "is_pin_enabled",
  ].joined(separator: ",")

  package var id: String
  package var displayPhoneNumber: String?
  package var verifiedName: String?
  /// `VERIFIED`, `NOT_VERIFIED`, `EXPIRED`.
  package var codeVerificationStatus: String?
  /// Only `CONNECTED` sends.
  package var status: String?
  package var qualityRating: String?
  package var nameStatus: String?
  package var messagingLimit: String?
  /// `STANDARD` or `HIGH`.
  package var throughputLevel: String?
  /// Meta's review of a requested name: `PENDING_REVIEW`, `APPROVED`, `DECLINED`, `NONE` …
  package var newNameStatus: String?
  /// What may stand in the way of sending, and where.
  package var health: GraphHealth?
  /// Used in the WhatsApp Business app as well: a coexistence number.
  package var isOnBizApp: Bool?
  package var isOfficialBusinessAccount: Bool?
  /// Whether two-step verification is on.
  package var isPINEnabled: Bool?

  init(_ node: JSONNode) {
    id = node["id"]?.string ?? ""
    displayPhoneNumber = node["display_phone_number"]?.string
    verifiedName = node["verified_name"]?.string
    codeVerificationStatus = node["code_verification_status"]?.string
    status = node["status"]?.string
    qualityRating = node["quality_rating"]?.string
    nameStatus = node["name_status"]?.string
    messagingLimit = node["whatsapp_business_manager_messaging_limit"]?.string
    throughputLevel = node["throughput"]?["level"]?.string
    newNameStatus = node["new_name_status"]?.string
    health = node["health_status"].flatMap { GraphHealth($0) }
    isOnBizApp = node["is_on_biz_app"]?.bool
    isOfficialBusinessAccount = node["is_official_business_account"]?.bool
    isPINEnabled = node["is_pin_enabled"]?.bool
  }

  /// The number's digits, however Meta formatted it.
  package var digits: String { (displayPhoneNumber ?? "").filter { $0.isASCII && $0.isNumber } }
}
