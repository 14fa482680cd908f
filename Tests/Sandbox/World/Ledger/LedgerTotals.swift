/// The sandbox's sums, exact since start (or since the last reset).
package struct LedgerTotals: Sendable, Equatable {
  /// Message requests read completely at Graph, whatever happened then.
  package var messagesArrived = 0
  package var messagesAccepted = 0
  package var messagesRefused = 0
  /// Accepted, but the answer was withheld by a fault.
  package var answersLost = 0
  /// Arrived and swallowed by a fault without being accepted.
  package var arrivalsSwallowed = 0
  package var distinctCallbackData = 0
  /// Values of `biz_opaque_callback_data` with more than one accepted message.
  package var repeatedCallbackData = 0
  package var distinctTexts = 0
  /// Recipient and text pairs with more than one accepted message.
  package var repeatedTexts = 0
  package var readReceipts = 0
  package var typingIndicators = 0

  package var inboundSent = 0
  package var inboundAcknowledged = 0
  package var statusesMade = 0
  package var statusesAcknowledged = 0

  package var webhookAttempts = 0
  package var webhooksAnswered200 = 0
  package var webhooksFailed = 0
  /// Never delivered: the queue was full, no URL was set, no app subscribed, or a fault dropped it.
  package var webhooksDropped = 0

  package var codesSent = 0
  package var codesExchanged = 0
  package var registrations = 0
  package var numbersAdded = 0
  package var numbersVerified = 0
  package var subscriptions = 0
  package var overrides = 0
  package var creditsShared = 0
  package var poolAdditions = 0
  package var poolDeletions = 0
  package var modelRequests = 0
  package var receiptsVerified = 0
  package var receiptsRefused = 0
}
