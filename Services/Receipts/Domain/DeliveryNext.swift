/// What becomes of a delivery after an attempt.
indirect enum DeliveryNext: Sendable, Equatable {
  case delivered
  case again(dueAt: Int64)
  /// Every attempt of the schedule failed.
  case exhausted
  /// It was not the delivery's fault: again at once, for a few times; then as after any failure.
  case interrupted(orElse: DeliveryNext)
  /// Nothing was attempted, for a reason of ours: again after a while, for some days; then as after any failure.
  case hindered(Hindrance, at: Int64, orElse: DeliveryNext)
}
