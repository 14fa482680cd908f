/// An attempt in the log of a webhook, with what it was for.
package struct LoggedAttempt: Codable, Sendable, Equatable {
  package var deliveryID: DeliveryID
  package var eventID: EventID
  package var eventType: PlatformEvent.Kind
  package var attempt: DeliveryAttempt

  package init(deliveryID: DeliveryID, eventID: EventID, eventType: PlatformEvent.Kind, attempt: DeliveryAttempt) {
    self.deliveryID = deliveryID
    self.eventID = eventID
    self.eventType = eventType
    self.attempt = attempt
  }
}
