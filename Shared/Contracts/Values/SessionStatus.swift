/// Meta's customer service window between a sender and a customer: 24 hours from the customer's last message or call.
package struct SessionStatus: Codable, Sendable, Equatable {
  package var isOpen: Bool
  /// Free-form messages may be sent.
  package var canSendFreeform: Bool
  /// Only an approved template may be sent. A template does not open the window: the customer's answer does.
  package var requiresTemplate: Bool
  /// For people.
  package var message: String
  /// Whole minutes that are left, rounded down; 0 when it is closed.
  package var minutesRemaining: Int
  /// While it is open.
  package var expiresAt: Timestamp?
  /// When it closed, if it has ever been open.
  package var expiredAt: Timestamp?

  package init(
    isOpen: Bool, message: String, minutesRemaining: Int, expiresAt: Timestamp? = nil, expiredAt: Timestamp? = nil
  ) {
    self.isOpen = isOpen
    canSendFreeform = isOpen
    requiresTemplate = !isOpen
    self.message = message
    self.minutesRemaining = minutesRemaining
    self.expiresAt = expiresAt
    self.expiredAt = expiredAt
  }

  /// The status at `now` of a window that ends at `expiry`; nil when the customer has never written. In milliseconds.
  package init(windowExpiresAt expiry: Int64?, at now: Int64) {
    guard let expiry else {
      self.init(
        isOpen: false, message: "This customer has not written to this sender yet. Send a template.",
        minutesRemaining: 0)
      return
    }
    let end = Timestamp(milliseconds: expiry)
    if expiry > now {
      let minutes = Int((expiry - now) / 60_000)
      self.init(
        isOpen: true, message: "The 24-hour window is open until \(end): any message may be sent.",
        minutesRemaining: minutes, expiresAt: end)
    } else {
      self.init(
        isOpen: false, message: "The 24-hour window closed at \(end). Send a template.", minutesRemaining: 0,
        expiredAt: end)
    }
  }
}
