/// The last word of a side: no new calls; what runs is finished within the time given, which may be none.
package struct Goaway: Sendable, Equatable {
  /// A stable `UPPER_SNAKE` word; `DRAINING` is the peaceful one.
  package var reason: String
  /// For people.
  package var message: String
  /// How long running calls have, in milliseconds; zero means the connection closes now.
  package var withinMilliseconds: Int

  package init(reason: String, message: String, withinMilliseconds: Int = 0) {
    self.reason = reason
    self.message = message
    self.withinMilliseconds = withinMilliseconds
  }

  /// The reason of an orderly stop.
  package static let draining = "DRAINING"
}
