package import Crypto
import JSON

extension GraphClient {
  /// The profile customers see.
  package func businessProfile(phoneNumberID: String, token: Secret) async throws(GraphFailure) -> GraphProfile {
    let document = try await call(
      "GET", "/\(PercentEncoding.encode(phoneNumberID))/whatsapp_business_profile",
      query: [("fields", GraphProfile.fields)], token: token, mayRepeat: true)
    var profile: JSONNode?
    document.root["data"]?.forEachElement { profile = profile ?? $0 }
    guard document.root["data"] != nil else { throw .unknown("the answer has no data") }
    return GraphProfile(profile)
  }

  /// Changes fields of the profile. An unknown outcome is settled by reading the profile.
  package func changeBusinessProfile(
    phoneNumberID: String, _ change: GraphProfileChange, token: Secret
  ) async throws(GraphFailure) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("messaging_product", "whatsapp")
    if let about = change.about { writer.member("about", about) }
    if let address = change.address { writer.member("address", address) }
    if let description = change.description { writer.member("description", description) }
    if let email = change.email { writer.member("email", email) }
    if let vertical = change.vertical { writer.member("vertical", vertical) }
    if let websites = change.websites {
      writer.key("websites")
      writer.beginArray()
      for site in websites { writer.string(site) }
      writer.endArray()
    }
    if let handle = change.pictureHandle { writer.member("profile_picture_handle", handle) }
    writer.endObject()
    try success(
      try await call(
        "POST", "/\(PercentEncoding.encode(phoneNumberID))/whatsapp_business_profile", token: token,
        body: writer.finish()))
  }
}
