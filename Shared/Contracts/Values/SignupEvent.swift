/// What Meta's popup told the page when it did not finish; its words are the customer's browser's, so bounded.
package struct SignupEvent: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// The customer closed the popup, or reported a problem there.
    case cancel = "CANCEL"
    case error = "ERROR"
  }

  package var id: EventID
  package var senderID: SenderID
  package var event: Kind
  /// Meta's name of the screen where the customer stopped, for example `PHONE_NUMBER_VERIFICATION`.
  package var currentStep: String?
  package var errorMessage: String?
  package var errorCode: String?
  /// Meta's support asks for it.
  package var sessionID: String?
  /// Of Embedded Signup.
  package var version: String?
  package var at: Timestamp

  package init(
    id: EventID, senderID: SenderID, event: Kind, currentStep: String?, errorMessage: String?, errorCode: String?,
    sessionID: String?, version: String?, at: Timestamp
  ) {
    self.id = id
    self.senderID = senderID
    self.event = event
    self.currentStep = currentStep
    self.errorMessage = errorMessage
    self.errorCode = errorCode
    self.sessionID = sessionID
    self.version = version
    self.at = at
  }
}

/// How Meta's popup ended well, in Meta's words.
package enum SignupFinish: String, Codable, Sendable, CaseIterable {
  case finish = "FINISH"
  /// The customer gave no number: it is added to the account by API.
  case onlyWABA = "FINISH_ONLY_WABA"
  /// The number stays in the WhatsApp Business app (coexistence).
  case businessApp = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"
  /// Access to what exists already was granted, nothing was made.
  case onlyAccess = "FINISH_GRANT_ONLY_API_ACCESS"
  /// An account that a partner owned moved to the customer.
  case migration = "FINISH_OBO_MIGRATION"
}
