package import Crypto
import JSON

/// What the app has to do with a WABA: its webhooks, and who pays.
extension GraphClient {
  /// How the app `appID` is subscribed to a WABA's webhooks; nil when it is not.
  package func subscription(
    wabaID: String, appID: String, token: Secret
  ) async throws(GraphFailure) -> GraphSubscription? {
    let document = try await call(
      "GET", "/\(PercentEncoding.encode(wabaID))/subscribed_apps", token: token, mayRepeat: true)
    var found: GraphSubscription?
    document.root["data"]?.forEachElement { entry in
      guard let app = entry["whatsapp_business_api_data"]?["id"], app.string ?? app.int64.map(String.init) == appID
      else { return }
      found = GraphSubscription(overrideURL: entry["override_callback_uri"]?.string)
    }
    return found
  }

  /// Sends a WABA's webhooks to `url` instead of the app's callback. Meta asks `url` for the challenge with
  /// `verifyToken` before it answers. Doing it twice is the same as once; it presupposes a subscription.
  package func overrideWebhook(
    wabaID: String, url: String, verifyToken: Secret, token: Secret
  ) async throws(GraphFailure) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("override_callback_uri", url)
    writer.member("verify_token", verifyToken.string ?? "")
    writer.endObject()
    try success(
      try await call(
        "POST", "/\(PercentEncoding.encode(wabaID))/subscribed_apps", token: token, body: writer.bytes))
  }

  /// What pays for a WABA's messages; nil while nothing does.
  package func fundingID(wabaID: String, token: Secret) async throws(GraphFailure) -> String? {
    let document = try await call(
      "GET", "/\(PercentEncoding.encode(wabaID))", query: [("fields", "id,currency,primary_funding_id")], token: token,
      mayRepeat: true)
    guard let node = document.root["primary_funding_id"] else { return nil }
    let id = node.string ?? node.int64.map(String.init) ?? ""
    return id.isEmpty || id == "0" ? nil : id
  }

  /// Shares a Solution Partner's line of credit with a customer's WABA, by the partner's system user token. An unknown
  /// outcome is settled by `fundingID`.
  package func shareCredit(
    creditLineID: String, wabaID: String, currency: String, token: Secret
  ) async throws(GraphFailure) {
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(creditLineID))/whatsapp_credit_sharing_and_attach",
      query: [("waba_currency", currency), ("waba_id", wabaID)], token: token)
    guard document.root["allocation_config_id"] != nil || document.root["success"]?.bool == true else {
      throw .unknown("the answer has no allocation_config_id")
    }
  }
}

/// An app's subscription to a WABA's webhooks.
package struct GraphSubscription: Sendable, Equatable {
  /// Where they go instead of the app's callback.
  package var overrideURL: String?
}
