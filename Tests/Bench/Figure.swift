import JSON

/// One measured number and, where there is one, what it should be.
struct Figure: Sendable {
  let name: String
  let value: Double
  let unit: String
  /// As people write it: `>= 50000`.
  var target: String?
  var met: Bool?
  /// How it was measured, where the name does not say it.
  var note: String?

  /// A number that only informs.
  init(_ name: String, _ value: Double, _ unit: String) {
    self.name = name
    self.value = value
    self.unit = unit
  }

  /// A number that should be at least `least`.
  init(_ name: String, _ value: Double, _ unit: String, atLeast least: Double) {
    self.init(name, value, unit)
    target = ">= \(Self.text(least))"
    met = value >= least
  }

  /// A number that should be at most `most`.
  init(_ name: String, _ value: Double, _ unit: String, atMost most: Double) {
    self.init(name, value, unit)
    target = "<= \(Self.text(most))"
    met = value <= most
  }

  /// The same with a note.
  func noted(_ note: String) -> Figure {
    var figure = self
    figure.note = note
    return figure
  }

  /// One line for programs: `{"name":…,"value":…,"unit":…,"target":…,"met":…}`, and `note` where there is one.
  var line: String {
    get throws {
      var json = JSONWriter()
      json.beginObject()
      json.key("name")
      json.string(name)
      json.key("value")
      try json.double(Self.rounded(value))
      json.key("unit")
      json.string(unit)
      json.key("target")
      if let target { json.string(target) } else { json.null() }
      json.key("met")
      if let met { json.bool(met) } else { json.null() }
      if let note {
        json.key("note")
        json.string(note)
      }
      json.endObject()
      return String(decoding: json.finish(), as: UTF8.self)
    }
  }

  /// The value as people read it.
  var shown: String { Self.text(Self.rounded(value)) }

  /// More than four digits of a measurement are noise, unless they stand before the point.
  private static func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    var unit = 1.0
    while abs(value) * unit < 1_000, unit < 1e9 { unit *= 10 }
    return (value * unit).rounded() / unit
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}
