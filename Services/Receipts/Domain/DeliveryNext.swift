/// What becomes of a delivery after an attempt.
enum DeliveryNext: Sendable, Equatable {
  case delivered
  case again(dueAt: Int64)
  /// Every attempt of the schedule failed.
  case exhausted
}
