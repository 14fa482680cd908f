/// One entry of a webhook body: a batch holds up to 1,000.
package enum WebhookUpdate: Sendable {
  /// A customer wrote.
  case message(WebhookMessage)
  /// A person wrote to a customer in the WhatsApp Business app of a number that is used there too.
  case echo(WebhookEcho)
  /// A message from before the number came to the Cloud API.
  case history(WebhookHistoryMessage)
  /// A step of a message the business sent.
  case status(WebhookStatus)
  /// A call between a customer and the business.
  case call(WebhookCall)
  /// A customer said what they want to hear of.
  case preference(WebhookPreference)
  /// A name in the address book of the WhatsApp Business app.
  case addressBook(WebhookAddressBookEntry)
  /// Another field (`account_update`, …), kept as it came.
  case other(field: String, wabaID: String, raw: [UInt8])
  /// An entry that is not what Meta documents: kept aside with its reason, the others go on.
  case poison(path: String, reason: String, raw: [UInt8])
}
