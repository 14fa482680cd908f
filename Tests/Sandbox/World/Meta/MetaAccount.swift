/// A customer's WhatsApp Business Account.
struct MetaAccount: Sendable {
  let id: String
  let businessID: String
  let name: String
  var numberIDs: [String] = []
  /// Set once an app has subscribed; its webhooks go nowhere before.
  var subscription: Subscription?
  /// Approved templates as `name language`.
  var templates: Set<String> = ["hello_world en_US"]

  struct Subscription: Sendable {
    var overrideURL: String?
  }
}
