/// The `Encoder` for one value. Two words, so that `any Encoder` holds it without allocating.
///
/// Coding paths are not kept: a failure's path is read off the bytes written so far.
struct JSONSlotEncoder: Encoder {
  let session: JSONEncodingSession
  let slot: JSONEncodingSession.Slot

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    let slot = session.openContainer(in: slot, isObject: true)
    return KeyedEncodingContainer(JSONKeyedEncoding<Key>(session: session, slot: slot))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONUnkeyedEncoding(session: session, slot: session.openContainer(in: slot, isObject: false))
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }
}

extension JSONSlotEncoder: SingleValueEncodingContainer {
  @inline(__always)
  private func write(_ body: (inout JSONWriter) throws -> Void) throws {
    try session.fill(slot)
    try body(&session.writer)
  }

  func encodeNil() throws { try write { $0.null() } }
  func encode(_ value: Bool) throws { try write { $0.bool(value) } }
  func encode(_ value: String) throws { try write { $0.string(value) } }
  func encode(_ value: Double) throws { try write { try $0.double(value) } }
  func encode(_ value: Float) throws { try write { try $0.float(value) } }
  func encode(_ value: Int) throws { try write { $0.integer(value) } }
  func encode(_ value: Int8) throws { try write { $0.integer(value) } }
  func encode(_ value: Int16) throws { try write { $0.integer(value) } }
  func encode(_ value: Int32) throws { try write { $0.integer(value) } }
  func encode(_ value: Int64) throws { try write { $0.integer(value) } }
  func encode(_ value: UInt) throws { try write { $0.integer(value) } }
  func encode(_ value: UInt8) throws { try write { $0.integer(value) } }
  func encode(_ value: UInt16) throws { try write { $0.integer(value) } }
  func encode(_ value: UInt32) throws { try write { $0.integer(value) } }
  func encode(_ value: UInt64) throws { try write { $0.integer(value) } }
  func encode<Value: Encodable>(_ value: Value) throws { try session.encode(value, into: slot) }
}
