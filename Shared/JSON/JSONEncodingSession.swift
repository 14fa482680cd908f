/// One call of `encode`: the writer, and which containers are open.
///
/// `Encoder` has no event for the end of a container. A container therefore ends when one further out writes again:
/// each knows its level, and before it writes, all deeper ones are closed. So the bytes are final as they are
/// written, and a container that is used after its neighbour began is a failure, not a mix-up.
final class JSONEncodingSession {
  /// A place for one value: the outermost, an element, or a member whose name is written.
  struct Slot {
    /// The level of the container around it; 0 for the outermost value.
    let level: Int32
    /// Counts up, so that no two places of one session are confused.
    let serial: UInt32
  }

  /// Peers refuse more, see `JSONLimits`.
  static let mostLevels = 64

  // Unchecked exclusivity: see the decoding session; what changes the writer never reaches back for the session.
  @exclusivity(unchecked) var writer: JSONWriter
  /// Serial of the slot that each open container fills, from the outside in.
  @exclusivity(unchecked) private var open: [UInt32] = []
  /// Bit n: the container at level n + 1 is an object.
  @exclusivity(unchecked) private var objects: UInt64 = 0
  @exclusivity(unchecked) private var lastSerial: UInt32 = 0
  /// The slot that waits for its value.
  @exclusivity(unchecked) private var pending: UInt32? = 0
  @exclusivity(unchecked) private var failure: JSONEncodingFailure?

  init(writer: JSONWriter) {
    self.writer = writer
    open.reserveCapacity(8)
  }

  static let outermost = Slot(level: 0, serial: 0)

  /// Writes `value` into `slot`.
  @inline(__always)
  func encode<Value: Encodable>(_ value: Value, into slot: Slot) throws {
    try value.encode(to: JSONSlotEncoder(session: self, slot: slot))
    if pending == slot.serial { try fail("\(Value.self) encoded nothing") }
    if let failure { throw failure }
  }

  /// Writes a value that knows how to write itself, with all in it.
  func write(_ value: JSONValue, into slot: Slot) throws(JSONEncodingFailure) {
    try fill(slot)
    try writer.value(value, depth: open.count)
  }

  /// Makes `container` the innermost open one.
  @inline(__always)
  func use(_ container: Slot) throws(JSONEncodingFailure) {
    let level = Int(container.level)
    if open.count != level { close(to: level) }
    guard failure == nil, level > 0, open.count == level, open[level - 1] == container.serial, pending == nil else {
      return try fail("a container was used out of turn")
    }
  }

  /// A slot for the next value of the container, which is in use.
  @inline(__always)
  func nextSlot() -> Slot {
    lastSerial += 1
    pending = lastSerial
    return Slot(level: Int32(open.count), serial: lastSerial)
  }

  /// Takes the slot for a scalar, which the caller writes next.
  @inline(__always)
  func fill(_ slot: Slot) throws(JSONEncodingFailure) {
    guard failure == nil, pending == slot.serial else { return try fail("a value was encoded twice, or out of turn") }
    pending = nil
  }

  /// Opens a container in `slot`, or returns the one that is open there: subclasses ask again for their parent's.
  /// After a failure the container returned refuses all use.
  func openContainer(in slot: Slot, isObject: Bool) -> Slot {
    let level = Int(slot.level)
    let inside = Slot(level: slot.level + 1, serial: slot.serial)
    let bit = UInt64(1) << UInt64(level & 63)
    if pending == slot.serial, failure == nil {
      guard level < Self.mostLevels else {
        record("nested deeper than \(Self.mostLevels)")
        return inside
      }
      pending = nil
      open.append(slot.serial)
      objects = isObject ? objects | bit : objects & ~bit
      isObject ? writer.beginObject() : writer.beginArray()
      return inside
    }
    guard open.count > level, open[level] == slot.serial, (objects & bit != 0) == isObject, pending == nil else {
      record("a container was opened twice, or out of turn")
      return inside
    }
    return inside
  }

  /// Closes what is still open and reports a failure that nobody was told.
  func finish() throws(JSONEncodingFailure) {
    if let failure { throw failure }
    if pending != nil { try fail("nothing was encoded") }
    close(to: 0)
  }

  func record(_ reason: String) {
    if failure == nil { failure = JSONEncodingFailure(path: writer.path, reason: reason) }
  }

  func fail(_ reason: String) throws(JSONEncodingFailure) {
    record(reason)
    if let failure { throw failure }
  }

  private func close(to level: Int) {
    while open.count > level {
      open.removeLast()
      if objects & (1 << UInt64(open.count)) != 0 { writer.endObject() } else { writer.endArray() }
    }
  }
}
