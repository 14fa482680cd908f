/// Writes response heads. One per server: it keeps the date and a buffer.
struct HTTPResponseEncoder {
  /// How the end of the body is told.
  enum Length: Equatable {
    case none
    case bytes(Int)
    case chunked
    case untilClose
  }

  private var date = HTTPDate()
  private var buffer: [UInt8] = []

  /// The head for `response`, followed by `body`, in one piece for one write. Let go of the result before the
  /// next call, and the buffer is used again.
  mutating func encode(
    _ response: HTTPResponse, length: Length, closes: Bool, minorVersion: Int, body: [UInt8]
  ) -> [UInt8] {
    buffer.removeAll(keepingCapacity: true)
    appendStatusLine(response.status)
    buffer.append(contentsOf: date.line)
    appendFields(response.headers)
    switch length {
    case .none, .untilClose: break
    case .bytes(let count):
      buffer.append(contentsOf: "Content-Length: ".utf8)
      appendNumber(count)
      appendLineEnd()
    case .chunked: buffer.append(contentsOf: "Transfer-Encoding: chunked\r\n".utf8)
    }
    if closes {
      buffer.append(contentsOf: "Connection: close\r\n".utf8)
    } else if minorVersion == 0 {
      buffer.append(contentsOf: "Connection: keep-alive\r\n".utf8)
    }
    appendLineEnd()
    buffer.append(contentsOf: body)
    return buffer
  }

  private mutating func appendStatusLine(_ status: Int) {
    if status == 200 {
      buffer.append(contentsOf: "HTTP/1.1 200 OK\r\n".utf8)
      return
    }
    buffer.append(contentsOf: "HTTP/1.1 ".utf8)
    appendNumber(status)
    buffer.append(HTTPBytes.space)
    buffer.append(contentsOf: HTTPStatus.reason(status).utf8)
    appendLineEnd()
  }

  private mutating func appendFields(_ headers: HTTPHeaders) {
    for field in headers.fields where !Self.isOurs(field, headers) {
      buffer.append(contentsOf: headers.block[field.name])
      buffer.append(HTTPBytes.colon)
      buffer.append(HTTPBytes.space)
      buffer.append(contentsOf: headers.block[field.value])
      appendLineEnd()
    }
  }

  /// Fields that say how the message is framed are the server's alone.
  private static func isOurs(_ field: HTTPHeaders.Field, _ headers: HTTPHeaders) -> Bool {
    switch field.name.count {
    case 4: headers.isNamed(field, "date".utf8)
    case 7: headers.isNamed(field, "upgrade".utf8) || headers.isNamed(field, "trailer".utf8)
    case 10: headers.isNamed(field, "connection".utf8) || headers.isNamed(field, "keep-alive".utf8)
    case 14: headers.isNamed(field, "content-length".utf8)
    case 17: headers.isNamed(field, "transfer-encoding".utf8)
    default: false
    }
  }

  private mutating func appendLineEnd() {
    buffer.append(HTTPBytes.carriageReturn)
    buffer.append(HTTPBytes.lineFeed)
  }

  private mutating func appendNumber(_ number: Int) {
    buffer.append(contentsOf: String(number).utf8)
  }
}
