extension JSONScanner {
  /// Up to this many names a pair-wise comparison costs less than building a table.
  private static let fewNames = 16

  /// Refuses an object that names a member twice, whatever escapes it uses to hide that.
  func checkNames(of object: Int) throws(JSONFailure) {
    let count = tape[object].count
    if count < 2 { return }
    if count > Self.fewNames { return try checkManyNames(of: object, count: count) }
    // Most objects pass here: no two fingerprints share a bit, so no two names are equal.
    var low: UInt64 = 0
    var high: UInt64 = 0
    var doubtful = false
    var name = object + 1
    for _ in 0..<count {
      let bit = UInt64(1) << UInt64(tape[name].next & 63)
      if tape[name].next & 64 == 0 {
        doubtful = doubtful || low & bit != 0
        low |= bit
      } else {
        doubtful = doubtful || high & bit != 0
        high |= bit
      }
      name = Int(tape[name + 1].next)
    }
    guard doubtful else { return }
    var later = object + 1
    for position in 0..<count {
      var earlier = object + 1
      for _ in 0..<position {
        if sameName(earlier, later) { throw failure(.duplicateKey, at: Int(tape[later].start)) }
        earlier = Int(tape[earlier + 1].next)
      }
      later = Int(tape[later + 1].next)
    }
  }

  /// An open-addressing table over the standard library's seeded hash: a sender cannot choose names that collide.
  private func checkManyNames(of object: Int, count: Int) throws(JSONFailure) {
    var size = 64
    while size < count * 2 { size *= 2 }
    var table = [Int32](repeating: -1, count: size)
    var name = object + 1
    for _ in 0..<count {
      var hasher = Hasher()
      withName(name) { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
      var slot = hasher.finalize() & (size - 1)
      while table[slot] >= 0 {
        if sameName(Int(table[slot]), name) { throw failure(.duplicateKey, at: Int(tape[name].start)) }
        slot = (slot + 1) & (size - 1)
      }
      table[slot] = Int32(name)
      name = Int(tape[name + 1].next)
    }
  }

  private func sameName(_ one: Int, _ other: Int) -> Bool {
    guard tape[one].next == tape[other].next else { return false }
    return withName(one) { first in
      withName(other) { second in first.elementsEqual(second) }
    }
  }

  private func withName<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let start = base + Int(tape[index].start) + 1
    let count = Int(tape[index].end - tape[index].start) - 2
    if tape[index].tag == Tag.plain { return body(UnsafeBufferPointer(start: start, count: count)) }
    return JSONText.unescaped(start, count).withUnsafeBufferPointer(body)
  }
}
