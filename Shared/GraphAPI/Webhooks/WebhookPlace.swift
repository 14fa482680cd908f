/// Where a value of a webhook is, and whose it is.
struct WebhookPlace {
  var wabaID: String
  var phoneNumberID: String
  var field: String
  var path: String
}
