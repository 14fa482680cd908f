/// A customer's WhatsApp Business Account.
struct MetaAccount: Sendable {
  let id: String
  let businessID: String
  let name: String
  var numberIDs: [String] = []
  /// Set once an app has subscribed; its webhooks go nowhere before.
  var subscription: Subscription?
  /// Numbers it may have (2 for a new business at Meta, 20 for a verified one).
  var numberCap = 20
  /// Meta has locked it (131031), or restricted it for its policies (368).
  var isLocked = false
  var isRestricted = false
  /// What pays for its messages.
  var fundingID: String?

  struct Subscription: Sendable {
    var overrideURL: String?
  }
}
