import JSON

/// A number as Meta describes it. Unknown values of Meta's enums stay text: they read as "not sendable".
package struct GraphPhoneNumber: Sendable, Equatable {
  static let fields = [
    "id", "display_phone_number", "verified_name", "code_verification_status", "status", "quality_rating",
    "name_status",
    "platform_type", "throughput", "whatsapp_business_manager_messaging_limit", "health_status",
    "is_on_biz_app",
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
  /// `AVAILABLE`, `LIMITED`, `BLOCKED`.
  package var canSendMessage: String?
  /// Used in the WhatsApp Business app as well: a coexistence number.
  package var isOnBizApp: Bool?

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
    canSendMessage = node["health_status"]?["can_send_message"]?.string
    isOnBizApp = node["is_on_biz_app"]?.bool
  }

  /// The number's digits, however Meta formatted it.
  package var digits: String { (displayPhoneNumber ?? "").filter { $0.isASCII && $0.isNumber } }
}
