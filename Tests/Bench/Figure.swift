/// One measured number and, where there is one, what it should be.
struct Figure: Sendable {
  let name: String
  let value: Double
  let unit: String
  /// As people write it: `>= 50000`.
  var target: String?
  var met: Bool?

  /// A number that only informs.
  init(_ name: String, _ value: Double, _ unit: String) {
    self.name = name
    self.value = value
    self.unit = unit
  }

  /// A number that should be at least `least`.
  init(_ name: String, _ value: Double, _ unit: String, atLeast least: Double) {
    self.init(name, value, unit)
    target = ">= \(least)"
    met = value >= least
  }

  /// A number that should be at most `most`.
  init(_ name: String, _ value: Double, _ unit: String, atMost most: Double) {
    self.init(name, value, unit)
    target = "<= \(most)"
    met = value <= most
  }
}
