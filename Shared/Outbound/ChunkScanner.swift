/// Takes the chunked coding off a body (RFC 9112 §7.1) piece by piece; extensions and trailers are dropped.
struct ChunkScanner {
  enum Progress: Equatable {
    case more
    /// The body ended after this many of the bytes given.
    case done(consumed: Int)
    case malformed
  }

  private enum State: Equatable {
    case size(digits: Int)
    case extensions
    case sizeEnd
    case data
    case dataEnd(sawReturn: Bool)
    /// In the trailer section: bytes of the current line.
    case trailer(line: Int)
    case trailerEnd(line: Int)
  }

  private var state = State.size(digits: 0)
  private var left = 0
  /// Extension and trailer bytes so far: bounded, they serve nobody here.
  private var overhead = 0

  /// Calls `emit` with the payload inside `bytes`.
  mutating func feed(_ bytes: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) -> Void) -> Progress {
    var index = 0
    while index < bytes.count {
      if state == .data {
        let count = min(left, bytes.count - index)
        emit(UnsafeRawBufferPointer(rebasing: bytes[index..<index + count]))
        index += count
        left -= count
        if left == 0 { state = .dataEnd(sawReturn: false) }
        continue
      }
      let byte = bytes[index]
      index += 1
      switch step(byte) {
      case .more: continue
      case .malformed: return .malformed
      case .done: return .done(consumed: index)
      }
    }
    return .more
  }

  private mutating func step(_ byte: UInt8) -> Progress {
    switch state {
    case .size(let digits):
      if let digit = Self.hexValue(byte) {
        guard digits < 12 else { return .malformed }
        left = left << 4 | digit
        state = .size(digits: digits + 1)
      } else if digits == 0 {
        return .malformed
      } else if byte == 13 {
        state = .sizeEnd
      } else if byte == UInt8(ascii: ";") || byte == 32 || byte == 9 {
        state = .extensions
      } else {
        return .malformed
      }
    case .extensions:
      overhead += 1
      if byte == 10 || overhead > 16_384 { return .malformed }
      if byte == 13 { state = .sizeEnd }
    case .sizeEnd:
      guard byte == 10 else { return .malformed }
      state = left > 0 ? .data : .trailer(line: 0)
    case .data:
      return .malformed
    case .dataEnd(let sawReturn):
      guard byte == (sawReturn ? 10 : 13) else { return .malformed }
      state = sawReturn ? .size(digits: 0) : .dataEnd(sawReturn: true)
    case .trailer(let line):
      overhead += 1
      if byte == 10 || overhead > 16_384 { return .malformed }
      state = byte == 13 ? .trailerEnd(line: line) : .trailer(line: line + 1)
    case .trailerEnd(let line):
      guard byte == 10 else { return .malformed }
      if line == 0 { return .done(consumed: 0) }
      state = .trailer(line: 0)
    }
    return .more
  }

  private static func hexValue(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x57
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x37
    default: nil
    }
  }
}
