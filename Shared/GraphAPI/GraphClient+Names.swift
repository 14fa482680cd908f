package import Crypto
import JSON

/// A number's display name at Meta, and the one that was asked for (facts: fields of a phone number).
package struct GraphNumberName: Sendable, Equatable {
  package var verifiedName: String?
  package var nameStatus: String?
  package var newDisplayName: String?
  /// `APPROVED`, `AVAILABLE_WITHOUT_REVIEW`, `DECLINED`, `EXPIRED`, `PENDING_REVIEW`, `NONE`; new values pass through.
  package var newNameStatus: String?
  /// When the number was registered last: changes with every `register`.
  package var lastOnboardedTime: String?

  /// A name nobody asked to change.
  package init(verifiedName: String?) { self.verifiedName = verifiedName }

  static let fields = "verified_name,name_status,new_display_name,new_name_status,last_onboarded_time"

  init(_ node: JSONNode) {
    verifiedName = node["verified_name"]?.string
    nameStatus = node["name_status"]?.string
    newDisplayName = node["new_display_name"]?.string
    newNameStatus = node["new_name_status"]?.string
    lastOnboardedTime = node["last_onboarded_time"]?.string
  }
}

extension GraphClient {
  /// Asks for another display name, which Meta reviews. An unknown outcome is settled by `numberName`.
  package func requestDisplayName(
    _ name: String, phoneNumberID: String, token: Secret
  ) async throws(GraphFailure) {
    try success(
      try await call(
        "POST", "/\(PercentEncoding.encode(phoneNumberID))", query: [("new_display_name", name)], token: token))
  }

  /// The name customers see and how the review of another one stands.
  package func numberName(phoneNumberID: String, token: Secret) async throws(GraphFailure) -> GraphNumberName {
    let document = try await call(
      "GET", "/\(PercentEncoding.encode(phoneNumberID))", query: [("fields", GraphNumberName.fields)], token: token,
      mayRepeat: true)
    return GraphNumberName(document.root)
  }
}
