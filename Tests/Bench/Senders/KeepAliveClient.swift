import TestSupport

/// One keep-alive connection over which requests are made one after the other, with as little between as possible.
final class KeepAliveClient {
  private let socket: RawSocket
  private let head: String

  /// Connects to this machine; `authorization` is sent with every request.
  init(port: Int, authorization: String? = nil) throws {
    socket = try RawSocket(port: UInt16(port))
    head = "Host: 127.0.0.1\r\n" + (authorization.map { "Authorization: Bearer \($0)\r\n" } ?? "")
  }

  /// The bytes of a request, with a JSON body if there is one.
  static func request(_ method: String, _ path: String, _ head: String, body: String? = nil) -> String {
    guard let body else { return "\(method) \(path) HTTP/1.1\r\n\(head)\r\n" }
    return "\(method) \(path) HTTP/1.1\r\n\(head)Content-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  /// The bytes of a request as this client would send it.
  func bytes(_ method: String, _ path: String, body: String? = nil) -> [UInt8] {
    Array(Self.request(method, path, head, body: body).utf8)
  }

  /// Sends a request and waits for the whole answer.
  func send(_ method: String, _ path: String, body: String? = nil) throws -> (status: Int, body: [UInt8]) {
    try exchange(bytes(method, path, body: body))
  }

  /// Sends the bytes of a request and waits for the whole answer.
  func exchange(_ request: [UInt8]) throws -> (status: Int, body: [UInt8]) {
    try socket.send(request)
    let head = try socket.receive(until: "\r\n\r\n")
    let lines = head.split(separator: "\r\n")
    let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
      .flatMap { Int($0.split(separator: ":")[1].filter(\.isNumber)) }
    guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }), let length else {
      let line = String(decoding: request.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
      throw BenchFailure("\(line) was not answered as expected: \(head)")
    }
    return (status, try socket.receive(count: length))
  }

  /// A counter of the `/metrics` page; 0 while nothing was counted.
  func count(_ series: String) throws -> Int { Int(try metric(series) ?? 0) }

  /// A number of the `/metrics` page; nil when it is not there.
  func metric(_ series: String) throws -> Double? {
    let page = String(decoding: try send("GET", "/metrics").body, as: UTF8.self)
    for line in page.split(separator: "\n") where line.hasPrefix(series + " ") {
      return Double(line.dropFirst(series.count + 1))
    }
    return nil
  }
}
