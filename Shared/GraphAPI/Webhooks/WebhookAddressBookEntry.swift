/// A contact that was added or changed in the WhatsApp Business app (`smb_app_state_sync`).
package struct WebhookAddressBookEntry: Sendable, Equatable {
  package var wabaID: String
  package var phoneNumberID: String
  /// With the name as the business wrote it; nil when it was removed.
  package var customer: WebhookPerson
}
