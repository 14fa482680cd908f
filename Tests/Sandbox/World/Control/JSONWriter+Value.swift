import JSON

extension JSONWriter {
  /// Writes any value. Numbers that JSON cannot say become null: the sandbox only makes finite ones.
  mutating func value(_ value: JSONValue) {
    switch value {
    case .null: null()
    case .bool(let flag): bool(flag)
    case .integer(let number): integer(number)
    case .unsigned(let number): integer(number)
    case .number(let number):
      do { try double(number) } catch { null() }
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        key(member.key)
        self.value(member.value)
      }
      endObject()
    }
  }
}

extension JSONValue {
  /// The value as UTF-8 text.
  var text: [UInt8] {
    var json = JSONWriter()
    json.value(self)
    return json.finish()
  }

  static func integer(_ number: Int) -> JSONValue { .integer(Int64(number)) }
  static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }
  static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
