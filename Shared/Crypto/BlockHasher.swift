/// The compression function of a hash with 64-byte blocks and its chaining value.
protocol CompressionCore: Sendable {
  static var digestByteCount: Int { get }
  init()
  mutating func compress(_ blocks: UnsafeRawPointer, count: Int)
  func store(to output: UnsafeMutableRawPointer)
}

/// Cuts a text that arrives in pieces into 64-byte blocks and pads its end (FIPS 180-4 §5.1.1).
struct BlockHasher<Core: CompressionCore>: Sendable {
  private var core = Core()
  /// The beginning of a block that is not complete yet. Inline, so that hashing never allocates.
  private var tail = InlineArray<64, UInt8>(repeating: 0)
  private var tailCount = 0
  private var byteCount: UInt64 = 0

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard var next = bytes.baseAddress else { return }
    var left = bytes.count
    byteCount &+= UInt64(left)
    if tailCount > 0 {
      let taken = min(64 - tailCount, left)
      fillTail(from: next, count: taken)
      next += taken
      left -= taken
      guard tailCount == 64 else { return }
      compressTail()
    }
    let blocks = left >> 6
    if blocks > 0 {
      core.compress(next, count: blocks)
      next += blocks << 6
      left &= 63
    }
    fillTail(from: next, count: left)
  }

  func finalize(into output: UnsafeMutableRawBufferPointer) {
    precondition(output.count >= Core.digestByteCount, "the output must hold the whole digest")
    guard let start = output.baseAddress else { return }
    var last = self
    last.pad()
    last.core.store(to: start)
  }

  private mutating func pad() {
    let bitCount = (byteCount &* 8).bigEndian
    let used = tailCount
    withUnsafeMutableBytes(of: &tail) { block in
      block[used] = 0x80
      for index in (used + 1)..<64 { block[index] = 0 }
    }
    if used >= 56 {
      compressTail()
      withUnsafeMutableBytes(of: &tail) { block in
        for index in 0..<64 { block[index] = 0 }
      }
    }
    withUnsafeMutableBytes(of: &tail) { $0.storeBytes(of: bitCount, toByteOffset: 56, as: UInt64.self) }
    compressTail()
  }

  private mutating func fillTail(from source: UnsafeRawPointer, count: Int) {
    guard count > 0 else { return }
    let start = tailCount
    withUnsafeMutableBytes(of: &tail) { block in
      UnsafeMutableRawBufferPointer(rebasing: block[start..<start + count])
        .copyMemory(from: UnsafeRawBufferPointer(start: source, count: count))
    }
    tailCount += count
  }

  private mutating func compressTail() {
    let block = tail
    withUnsafeBytes(of: block) { bytes in
      if let start = bytes.baseAddress { core.compress(start, count: 1) }
    }
    tailCount = 0
  }
}
