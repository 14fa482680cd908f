import JSON

extension JSONWriter {
  /// Writes a value the sandbox made or has parsed: nothing a writer refuses (NaN, endless depth) can be in it.
  mutating func known(_ value: JSONValue) {
    do { try self.value(value) } catch { preconditionFailure("the sandbox made a value JSON cannot say: \(error)") }
  }
}

extension JSONValue {
  /// The value as UTF-8 text.
  var text: [UInt8] {
    var json = JSONWriter()
    json.known(self)
    return json.finish()
  }

  static func integer(_ number: Int) -> JSONValue { .integer(Int64(number)) }
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
