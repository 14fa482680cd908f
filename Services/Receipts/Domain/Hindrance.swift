/// Why an attempt could not be made, or says nothing: reasons of ours, which use up no step of a delivery's schedule.
enum Hindrance: Sendable, Equatable {
  /// Nobody is reached, neither this endpoint nor any other: our own network, or its look-up of names.
  case outage
  /// Too much is under way, or no process could be started.
  case overload
  /// The webhook's secret or its headers cannot be opened any more. Its owner is told, as of any failure.
  case webhookUnreadable
  /// This one event cannot be read.
  case eventUnreadable

  /// How long an endpoint and its deliveries wait in an outage, in milliseconds.
  static let outagePause: Int64 = 15_000
  /// From so many on, about five days, a hindered attempt counts as any other that failed.
  static let most = 500
  /// Those that are counted, as the log of attempts has them.
  static let counted = ["overloaded", "secret_unreadable", "headers_unreadable", "event_unreadable"]

  /// When the delivery is tried again after so many hindered attempts before this one: 5 s, doubled up to 15 min.
  func pause(after earlier: Int) -> Int64 {
    self == .outage ? Self.outagePause : min(5_000 << Int64(min(earlier, 10)), 900_000)
  }
}
