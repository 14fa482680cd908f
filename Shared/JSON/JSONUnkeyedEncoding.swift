/// The elements of an array being written.
struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
  let session: JSONEncodingSession
  let slot: JSONEncodingSession.Slot
  private(set) var count = 0

  init(session: JSONEncodingSession, slot: JSONEncodingSession.Slot) {
    self.session = session
    self.slot = slot
  }

  var codingPath: [any CodingKey] { [] }

  @inline(__always)
  private mutating func write(_ body: (inout JSONWriter) throws -> Void) throws {
    try session.use(slot)
    try body(&session.writer)
    count += 1
  }

  mutating func encodeNil() throws { try write { $0.null() } }
  mutating func encode(_ value: Bool) throws { try write { $0.bool(value) } }
  mutating func encode(_ value: String) throws { try write { $0.string(value) } }
  mutating func encode(_ value: Double) throws { try write { try $0.double(value) } }
  mutating func encode(_ value: Float) throws { try write { try $0.float(value) } }
  mutating func encode(_ value: Int) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: Int8) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: Int16) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: Int32) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: Int64) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: UInt) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: UInt8) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: UInt16) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: UInt32) throws { try write { $0.integer(value) } }
  mutating func encode(_ value: UInt64) throws { try write { $0.integer(value) } }
  mutating func encode<Value: Encodable>(_ value: Value) throws {
    try session.use(slot)
    try session.encode(value, into: session.nextSlot())
    count += 1
  }

  /// The slot of an element that is filled later; after a failure one that refuses all use.
  private mutating func element() -> JSONEncodingSession.Slot {
    do { try session.use(slot) } catch { return slot }  // the session keeps the failure and throws it at the end
    count += 1
    return session.nextSlot()
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    JSONSlotEncoder(session: session, slot: element()).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    JSONSlotEncoder(session: session, slot: element()).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder { JSONSlotEncoder(session: session, slot: element()) }
}
