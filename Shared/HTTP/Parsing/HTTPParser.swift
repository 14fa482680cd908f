/// What the parser found next.
package enum HTTPParserEvent: Sendable {
  /// A complete head. Call `acceptBody` before asking on.
  case head(HTTPMessageHead)
  /// The request is complete; its body is in the array given.
  case end
  /// The connection cannot go on: answer with this and close.
  case failure(HTTPRefusal)
}

/// A strict HTTP/1.x request parser (RFC 9112): bytes in, events out; no sockets, no clocks.
///
/// The outcome never depends on how the bytes are cut into pieces. Bytes of later requests stay inside until
/// they are asked for; the owner bounds them (`bufferedBytes`).
package struct HTTPParser {
  private enum State {
    case start
    case fields(HTTPRequestLine, HTTPHeaders, bytes: Int)
    case headReturned(HTTPFraming)
    case fixed(remaining: Int)
    case chunked(HTTPChunkedBody)
    case failed
  }

  private let limits: HTTPLimits
  private var input = HTTPInput()
  private var state = State.start
  private var hasSkippedEmptyLine = false

  /// The longest method and the version around the target.
  private static let requestLineExtra = 64

  package init(limits: HTTPLimits = HTTPLimits()) { self.limits = limits }

  /// Bytes received and not yet parsed.
  package var bufferedBytes: Int { input.count }

  /// True between two requests, when nothing of the next one has come.
  package var isBetweenRequests: Bool {
    if case .start = state { return input.count == 0 }
    return false
  }

  /// Hands received bytes in.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    if case .failed = state { return }
    input.append(bytes)
  }

  /// The next event, or nil when more bytes are needed. Body bytes that have come are appended to `body`.
  package mutating func next(into body: inout [UInt8]) -> HTTPParserEvent? {
    do throws(HTTPRefusal) {
      return try step(&body)
    } catch {
      state = .failed
      input = HTTPInput()
      return .failure(error)
    }
  }

  /// States how large a body the head just returned may bring. A stated length beyond it is the failure here,
  /// before any byte of it is read; a chunked body fails when it grows beyond.
  package mutating func acceptBody(upTo limit: Int) -> HTTPRefusal? {
    guard case .headReturned(let framing) = state else { preconditionFailure("no head waits for its body") }
    switch framing {
    case .none:
      state = .fixed(remaining: 0)
    case .length(let length):
      if length > limit {
        state = .failed
        return .bodyTooLarge
      }
      state = .fixed(remaining: length)
    case .chunked:
      state = .chunked(HTTPChunkedBody(bodyLimit: limit))
    }
    return nil
  }

  /// Reads nothing more: whatever comes is dropped.
  package mutating func stop() {
    state = .failed
    input = HTTPInput()
  }

  private mutating func step(_ body: inout [UInt8]) throws(HTTPRefusal) -> HTTPParserEvent? {
    switch state {
    case .start:
      return try readRequestLine() ? readFields() : nil
    case .fields:
      return try readFields()
    case .headReturned:
      preconditionFailure("the body was not accepted yet")
    case .fixed(let remaining):
      let taken = input.take(remaining, into: &body)
      state = taken == remaining ? .start : .fixed(remaining: remaining - taken)
      return taken == remaining ? .end : nil
    case .chunked(var chunked):
      // Let go of the stored copy first, so that the value is changed in place.
      state = .failed
      let isEnd = try chunked.read(&input, into: &body, limits)
      state = isEnd ? .start : .chunked(chunked)
      return isEnd ? .end : nil
    case .failed:
      return nil
    }
  }

  private mutating func readRequestLine() throws(HTTPRefusal) -> Bool {
    // RFC 9112 §2.2 asks to ignore one empty line; some old clients send it after a body.
    if !hasSkippedEmptyLine, input.peek == HTTPBytes.carriageReturn {
      guard try input.takeLineEnd(orThrow: .lineEnd) else { return false }
      hasSkippedEmptyLine = true
    }
    guard let first = input.peek else { return false }
    if !HTTPBytes.isToken(first) {
      switch first {
      case HTTPBytes.carriageReturn: throw .emptyLines
      case HTTPBytes.lineFeed: throw .lineEnd
      // Another protocol on this port (TLS, for one) is told at once, not when its time is over.
      default: throw .requestLine
      }
    }
    let limit = limits.targetBytes + Self.requestLineExtra
    guard let line = try input.takeLine(limit: limit, tooLong: .targetTooLong) else { return false }
    let requestLine = try HTTPRequestLine(parsing: line, targetLimit: limits.targetBytes)
    var headers = HTTPHeaders()
    headers.reserve(bytes: 512, fields: 16)
    hasSkippedEmptyLine = false
    state = .fields(requestLine, headers, bytes: 0)
    return true
  }

  private mutating func readFields() throws(HTTPRefusal) -> HTTPParserEvent? {
    guard case .fields(let requestLine, var headers, var bytes) = state else { return nil }
    // Let go of the stored copy first, so that the fields are appended in place.
    state = .failed
    while true {
      guard let line = try input.takeLine(limit: limits.headerBytes - bytes, tooLong: .headersTooLarge) else {
        state = .fields(requestLine, headers, bytes: bytes)
        return nil
      }
      if line.isEmpty { break }
      bytes = min(limits.headerBytes, bytes + line.count + 2)
      if headers.count == limits.headerCount { throw .tooManyHeaders }
      let field = try HTTPFieldLine(parsing: line)
      headers.append(name: field.name, value: field.value)
    }
    let head = try HTTPMessageHead(requestLine, headers)
    state = .headReturned(head.framing)
    return .head(head)
  }
}
