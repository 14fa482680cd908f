/// The members of an object being written.
struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let session: JSONEncodingSession
  let slot: JSONEncodingSession.Slot
  private let verbatim = JSONKeySpelling.isVerbatim(Key.self)

  init(session: JSONEncodingSession, slot: JSONEncodingSession.Slot) {
    self.session = session
    self.slot = slot
  }

  var codingPath: [any CodingKey] { [] }

  @inline(__always)
  private func writeKey(_ key: Key) throws(JSONEncodingFailure) {
    try session.use(slot)
    if verbatim {
      session.writer.key(key.stringValue)
    } else {
      session.writer.key(ofProperty: key.stringValue)
    }
  }

  @inline(__always)
  private func write(_ key: Key, _ body: (inout JSONWriter) throws -> Void) throws {
    try writeKey(key)
    try body(&session.writer)
  }

  mutating func encodeNil(forKey key: Key) throws { try write(key) { $0.null() } }
  mutating func encode(_ value: Bool, forKey key: Key) throws { try write(key) { $0.bool(value) } }
  mutating func encode(_ value: String, forKey key: Key) throws { try write(key) { $0.string(value) } }
  mutating func encode(_ value: Double, forKey key: Key) throws { try write(key) { try $0.double(value) } }
  mutating func encode(_ value: Float, forKey key: Key) throws { try write(key) { try $0.float(value) } }
  mutating func encode(_ value: Int, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: Int8, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: Int16, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: Int32, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: Int64, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: UInt, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: UInt8, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: UInt16, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: UInt32, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode(_ value: UInt64, forKey key: Key) throws { try write(key) { $0.integer(value) } }
  mutating func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try writeKey(key)
    try session.encode(value, into: session.nextSlot())
  }

  /// The slot of a member that is filled later; after a failure one that refuses all use.
  private func member(_ key: Key) -> JSONEncodingSession.Slot {
    do { try writeKey(key) } catch { return slot }  // the session keeps the failure and throws it at the end
    return session.nextSlot()
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    JSONSlotEncoder(session: session, slot: member(key)).container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    JSONSlotEncoder(session: session, slot: member(key)).unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder {
    do { try session.use(slot) } catch { return JSONSlotEncoder(session: session, slot: slot) }  // kept, see above
    session.writer.key("super")
    return JSONSlotEncoder(session: session, slot: session.nextSlot())
  }

  mutating func superEncoder(forKey key: Key) -> any Encoder { JSONSlotEncoder(session: session, slot: member(key)) }
}
