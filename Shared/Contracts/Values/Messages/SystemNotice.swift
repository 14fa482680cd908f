/// Meta's own notice about a customer.
package struct SystemNotice: Codable, Sendable, Equatable {
  /// `user_changed_number`, `user_changed_user_id`, …; new ones pass through.
  package var type: String?
  package var body: String?
  package var newPhoneNumber: PhoneNumber?
  package var newUserID: String?

  package init(type: String? = nil, body: String? = nil, newPhoneNumber: PhoneNumber? = nil, newUserID: String? = nil) {
    self.type = type
    self.body = body
    self.newPhoneNumber = newPhoneNumber
    self.newUserID = newUserID
  }
}
