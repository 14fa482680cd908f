import JSON

extension JSONWriter {
  /// A member with a text value.
  mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }
}
