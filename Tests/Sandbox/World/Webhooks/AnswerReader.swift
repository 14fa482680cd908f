/// Reads one HTTP/1.1 answer as its bytes come in. Knows no sockets.
struct AnswerReader {
  /// A complete answer; bodies are kept to `bodyLimit` bytes, as Meta looks at the status only.
  struct Answer: Equatable {
    var status: Int
    var body: [UInt8]
    var mayReuse: Bool
    var contentType: String?
  }

  enum Failure: Error, Equatable {
    case notHTTP
    case headTooLong
    case badLength
    case endedEarly
  }

  static let headLimit = 16_384
  static let bodyLimit = 65_536

  private enum State {
    case head
    case body(remaining: Int)
    case chunkSize
    case chunk(remaining: Int)
    case chunkEnd
    case trailer
    case untilEnd
  }

  private var state = State.head
  private var buffer: [UInt8] = []
  private var answer = Answer(status: 0, body: [], mayReuse: true)

  /// Takes more bytes; an answer once it is complete.
  mutating func read(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Answer? {
    buffer.append(contentsOf: bytes)
    while true {
      switch state {
      case .head:
        guard let head = takeHead() else {
          if buffer.count > Self.headLimit { throw .headTooLong }
          return nil
        }
        if try !start(head) { continue }
        if case .body(0) = state { return answer }
      case .body(let remaining):
        let left = remaining - take(upTo: remaining)
        state = .body(remaining: left)
        return left == 0 ? answer : nil
      case .chunkSize:
        guard let line = takeLine() else { return try lineTooLong() }
        guard let size = Int(line.prefix(while: { $0 != ";" }).trimmed, radix: 16), size >= 0, size < 1 << 30 else {
          throw .badLength
        }
        state = size == 0 ? .trailer : .chunk(remaining: size)
      case .chunk(let remaining):
        let left = remaining - take(upTo: remaining)
        state = left == 0 ? .chunkEnd : .chunk(remaining: left)
        if left > 0 { return nil }
      case .chunkEnd:
        guard let line = takeLine() else { return try lineTooLong() }
        if !line.isEmpty { throw .badLength }
        state = .chunkSize
      case .trailer:
        guard let line = takeLine() else { return try lineTooLong() }
        if line.isEmpty { return answer }
      case .untilEnd:
        _ = take(upTo: buffer.count)
        return nil
      }
    }
  }

  /// The other side closed: an answer without a length ends here.
  mutating func end() throws(Failure) -> Answer {
    guard case .untilEnd = state else { throw .endedEarly }
    return answer
  }

  /// Reads the status line and the fields that frame the body. False for an interim answer.
  private mutating func start(_ head: String) throws(Failure) -> Bool {
    var lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
    let first = lines.removeFirst().split(separator: " ", maxSplits: 2)
    guard first.count >= 2, first[0] == "HTTP/1.1" || first[0] == "HTTP/1.0", let status = Int(first[1]),
      (100...599).contains(status)
    else { throw .notHTTP }
    if status < 200 { return false }
    answer = Answer(status: status, body: [], mayReuse: first[0] == "HTTP/1.1")
    var length: Int?
    var isChunked = false
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { throw .notHTTP }
      let value = line[line.index(after: colon)...].trimmed.lowercased()
      switch line[..<colon].lowercased() {
      case "content-length":
        guard let number = Int(value), number >= 0 else { throw .badLength }
        length = number
      case "content-type": answer.contentType = value
      case "transfer-encoding": isChunked = value == "chunked"
      case "connection" where value == "close": answer.mayReuse = false
      default: continue
      }
    }
    if status == 204 || status == 304 {
      state = .body(remaining: 0)
    } else if isChunked {
      state = .chunkSize
    } else if let length {
      state = .body(remaining: length)
    } else {
      answer.mayReuse = false
      state = .untilEnd
    }
    return true
  }

  private mutating func takeHead() -> String? {
    guard buffer.count >= 4 else { return nil }
    for end in 3..<buffer.count where buffer[end] == 10 && buffer[end - 1] == 13 && buffer[end - 2] == 10 {
      let head = String(decoding: buffer[..<(end - 3)], as: UTF8.self)
      buffer.removeFirst(end + 1)
      return head
    }
    return nil
  }

  private mutating func takeLine() -> String? {
    guard let end = buffer.firstIndex(of: 10) else { return nil }
    let line = String(decoding: buffer[..<end].filter { $0 != 13 }, as: UTF8.self)
    buffer.removeFirst(end + 1)
    return line
  }

  private func lineTooLong() throws(Failure) -> Answer? {
    if buffer.count > Self.headLimit { throw .headTooLong }
    return nil
  }

  /// Moves bytes to the body, as far as it keeps them. How many were taken.
  private mutating func take(upTo limit: Int) -> Int {
    let count = min(limit, buffer.count)
    let room = Self.bodyLimit - answer.body.count
    if room > 0 { answer.body.append(contentsOf: buffer[..<min(count, room)]) }
    buffer.removeFirst(count)
    return count
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var part = self
    while part.first == " " || part.first == "\t" { part.removeFirst() }
    while part.last == " " || part.last == "\t" { part.removeLast() }
    return part
  }
}
