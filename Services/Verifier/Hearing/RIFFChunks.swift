/// Where the two chunks that matter lie in a RIFF file.
struct RIFFChunks {
  private(set) var format: Range<Int>?
  private(set) var samples: Range<Int>?

  private static let limit = 256

  init(_ bytes: [UInt8]) throws(WAVRefusal) {
    func name(_ at: Int) -> ArraySlice<UInt8> { bytes[at..<(at + 4)] }
    guard bytes.count >= 12, name(0).elementsEqual("RIFF".utf8), name(8).elementsEqual("WAVE".utf8) else {
      throw .notWAV
    }
    var (at, count) = (12, 0)
    while at + 8 <= bytes.count {
      if format != nil, samples != nil { return }
      count += 1
      if count > Self.limit { throw .tooManyChunks }
      let size = (0..<4).reduce(0) { $0 | Int(bytes[at + 4 + $1]) << (8 * $1) }
      let start = at + 8
      let isSamples = name(at).elementsEqual("data".utf8)
      // Written while it was recorded: the samples go on to the end.
      let isOpen = isSamples && size == 0
      let end = isOpen || size > bytes.count - start ? bytes.count : start + size
      if isSamples, samples == nil { samples = start..<end }
      if name(at).elementsEqual("fmt ".utf8), format == nil { format = start..<end }
      at = end
      // Chunks start at even places; some writers forget. No chunk's name begins with a zero, as padding is.
      if size % 2 == 1, at < bytes.count, bytes[at] == 0 { at += 1 }
    }
  }
}
