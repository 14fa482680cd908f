/// A response decided for one request: how its length is told, what is sent at once, what is streamed, and
/// whether the connection ends with it (RFC 9112 §6.3 and §9.3).
struct HTTPAnswer {
  let response: HTTPResponse
  let length: HTTPResponseEncoder.Length
  /// Sent together with the head.
  let bytes: [UInt8]
  /// Sent after the head, as fast as the client reads.
  let stream: HTTPBodyStream?
  /// A body that will not be sent (HEAD, 204, 304), whose producer must still be told.
  let unused: HTTPBodyStream?
  let closes: Bool

  init(_ response: HTTPResponse, to head: HTTPMessageHead, mayKeepAlive: Bool, inlineLimit: Int) {
    let isBodyless = response.status == 204 || response.status == 304
    let isSent = !isBodyless && head.method != "HEAD"
    var length: HTTPResponseEncoder.Length = .bytes(0)
    var bytes: [UInt8] = []
    var stream: HTTPBodyStream?
    switch response.body {
    case .empty: break
    case .bytes(let all):
      length = .bytes(all.count)
      if all.count <= inlineLimit { bytes = all } else { stream = HTTPBodyStream(all) }
    case .stream(let body):
      length = body.length.map { .bytes($0) } ?? (head.minorVersion == 0 ? .untilClose : .chunked)
      stream = body
    }
    self.response = response
    self.length = isBodyless ? .none : length
    self.bytes = isSent ? bytes : []
    self.stream = isSent ? stream : nil
    unused = isSent ? nil : stream
    closes =
      !mayKeepAlive || (isSent && length == .untilClose) || response.headers.contains("connection", token: "close")
  }
}
