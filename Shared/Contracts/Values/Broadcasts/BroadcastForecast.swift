/// How long the rest of a broadcast takes under Meta's limits, if nothing else is sent meanwhile.
package struct BroadcastForecast: Codable, Sendable, Equatable {
  /// Recipients that wait.
  package var remaining: Int
  /// Those of them who count against the portfolio's limit: nobody inside an open window, nobody who was written to
  /// within the day.
  package var countingRecipients: Int
  /// Not every recipient was looked at: the number may be a little high.
  package var isEstimate: Bool
  /// Absent where there is no limit.
  package var limit: Int?
  /// Meta has not told the limit yet: its lowest step is taken.
  package var isLimitAssumed: Bool
  /// People whom the portfolio wrote to first within the last 24 hours.
  package var usedWithinDay: Int
  package var messagesPerSecond: Int
  /// Rolling days that it touches, the first one included; 0 when nothing waits.
  package var days: Int
  package var endsAt: Timestamp?
  /// For people: `2 days at your limit of 250 a day`.
  package var summary: String

  package init(
    remaining: Int, countingRecipients: Int, isEstimate: Bool, limit: Int?, isLimitAssumed: Bool, usedWithinDay: Int,
    messagesPerSecond: Int, days: Int, endsAt: Timestamp?, summary: String
  ) {
    self.remaining = remaining
    self.countingRecipients = countingRecipients
    self.isEstimate = isEstimate
    self.limit = limit
    self.isLimitAssumed = isLimitAssumed
    self.usedWithinDay = usedWithinDay
    self.messagesPerSecond = messagesPerSecond
    self.days = days
    self.endsAt = endsAt
    self.summary = summary
  }
}
