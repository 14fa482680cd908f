/// The sixteen words of ChaCha20 and their twenty rounds (RFC 8439 §2.1 to §2.3).
struct ChaChaState {
  private var words: InlineArray<16, UInt32>

  init(key: [UInt8], counter: UInt32, nonce: [UInt8]) {
    precondition(key.count == ChaCha20.keyByteCount, "ChaCha20 takes a key of 32 bytes")
    precondition(nonce.count == ChaCha20.nonceByteCount, "ChaCha20 takes a nonce of 12 bytes")
    // "expand 32-byte k" in ASCII.
    words = [
      0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574, 0, 0, 0, 0, 0, 0, 0, 0, counter, 0, 0, 0,
    ]
    for index in 0..<8 { words[4 + index] = ChaCha20.littleEndianWord(index * 4, of: key) }
    for index in 0..<3 { words[13 + index] = ChaCha20.littleEndianWord(index * 4, of: nonce) }
  }

  /// Moves on to the next block of the key stream.
  mutating func advance() {
    words[12] &+= 1
  }

  /// The block of key stream at the current counter, as words whose bytes in memory are the stream.
  func block() -> InlineArray<16, UInt32> {
    var mixed = mixed()
    for index in 0..<16 { mixed[index] = (UInt32(littleEndian: mixed[index]) &+ words[index]).littleEndian }
    return mixed
  }

  /// The words after twenty rounds, before the input is added back: what HChaCha20 takes its key from.
  func mixed() -> InlineArray<16, UInt32> {
    var x0 = words[0]
    var x1 = words[1]
    var x2 = words[2]
    var x3 = words[3]
    var x4 = words[4]
    var x5 = words[5]
    var x6 = words[6]
    var x7 = words[7]
    var x8 = words[8]
    var x9 = words[9]
    var x10 = words[10]
    var x11 = words[11]
    var x12 = words[12]
    var x13 = words[13]
    var x14 = words[14]
    var x15 = words[15]
    for _ in 0..<10 {
      Self.quarterRound(&x0, &x4, &x8, &x12)
      Self.quarterRound(&x1, &x5, &x9, &x13)
      Self.quarterRound(&x2, &x6, &x10, &x14)
      Self.quarterRound(&x3, &x7, &x11, &x15)
      Self.quarterRound(&x0, &x5, &x10, &x15)
      Self.quarterRound(&x1, &x6, &x11, &x12)
      Self.quarterRound(&x2, &x7, &x8, &x13)
      Self.quarterRound(&x3, &x4, &x9, &x14)
    }
    let mixed: InlineArray<16, UInt32> = [
      x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15,
    ]
    return Self.littleEndian(mixed)
  }

  private static func littleEndian(_ words: InlineArray<16, UInt32>) -> InlineArray<16, UInt32> {
    var words = words
    for index in 0..<16 { words[index] = words[index].littleEndian }
    return words
  }

  @inline(__always)
  private static func quarterRound(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32, _ d: inout UInt32) {
    a = a &+ b
    d = (d ^ a).rotatedLeft(16)
    c = c &+ d
    b = (b ^ c).rotatedLeft(12)
    a = a &+ b
    d = (d ^ a).rotatedLeft(8)
    c = c &+ d
    b = (b ^ c).rotatedLeft(7)
  }
}
