/// An HTTP/1 answer as it is read from a connection of its own: interim answers and trailers dropped, the body without
/// its coding and kept up to a limit.
struct PlainAnswer {
  enum Progress: Equatable { case more, done, malformed }

  private enum Body {
    case length(Int)
    case chunked(ChunkScanner)
    case untilEnd
  }

  private static let headLimit = 64 << 10

  private let isHead: Bool
  private let limit: Int
  private var head: [UInt8] = []
  private var framing: Body?
  private(set) var status: Int?
  private(set) var headers = OutboundHeaders()
  private(set) var body: [UInt8] = []
  /// The body went on behind the limit; nothing of that is wanted.
  private(set) var isTruncated = false

  /// Keeps up to `limit` bytes of body; an answer to HEAD has none.
  init(isHead: Bool, limit: Int) {
    self.isHead = isHead
    self.limit = limit
  }

  mutating func take(_ bytes: UnsafeRawBufferPointer) -> Progress {
    if framing != nil { return carry(bytes) }
    var searchFrom = head.count
    head.append(contentsOf: bytes)
    while let end = HeadLines.end(in: head, from: searchFrom) {
      guard end <= Self.headLimit, let lines = HeadLines(Array(head[..<end])),
        let status = AnswerReader.status(lines.first)
      else { return .malformed }
      let rest = Array(head[end...])
      if status < 200 {
        // 101 would change the protocol, which nothing here has asked for.
        if status == 101 { return .malformed }
        head = rest
        searchFrom = 0
        continue
      }
      head = []
      guard begin(status, lines) else { return .malformed }
      return rest.withUnsafeBytes { carry($0) }
    }
    return head.count > Self.headLimit ? .malformed : .more
  }

  /// The other side's end of stream; true when the answer is complete with it.
  mutating func end() -> Bool {
    guard case .untilEnd = framing else { return false }
    return true
  }

  private mutating func begin(_ status: Int, _ lines: HeadLines) -> Bool {
    guard let framing = lines.framing else { return false }
    self.status = status
    var fields: [(name: String, value: String)] = []
    for (name, value) in lines.fields where !HeadLines.isHopByHop(name, lines.fields) {
      if let known = fields.firstIndex(where: { $0.name == name }) {
        fields[known].value += ", " + value
      } else {
        fields.append((name, value))
      }
    }
    headers = OutboundHeaders(fields)
    if isHead || status == 204 || status == 304 {
      self.framing = .length(0)
    } else {
      self.framing =
        switch framing {
        case .length(let length): .length(length)
        case .chunked: .chunked(ChunkScanner())
        case .none: .untilEnd
        }
    }
    return true
  }

  private mutating func carry(_ bytes: UnsafeRawBufferPointer) -> Progress {
    switch framing {
    case .length(let left):
      let count = min(left, bytes.count)
      keep(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
      framing = .length(left - count)
      return left == count || isTruncated ? .done : .more
    case .untilEnd:
      keep(bytes)
      return isTruncated ? .done : .more
    case .chunked(var scanner):
      var pieces: [UnsafeRawBufferPointer] = []
      let progress = scanner.feed(bytes) { pieces.append($0) }
      framing = .chunked(scanner)
      for piece in pieces { keep(piece) }
      if progress == .malformed { return .malformed }
      if case .done = progress { return .done }
      return isTruncated ? .done : .more
    case nil:
      return .malformed
    }
  }

  private mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    let room = limit - body.count
    if bytes.count > room { isTruncated = true }
    body.append(contentsOf: bytes.prefix(room))
  }
}
