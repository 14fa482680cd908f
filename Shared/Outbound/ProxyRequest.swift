/// A request head as a client of the guard sent it.
struct ProxyRequest: Equatable {
  enum Target: Equatable {
    case connect(host: String, port: Int)
    case forward(OutboundURL)
  }

  enum Body: Equatable {
    case none
    case length(Int)
    case chunked
  }

  let method: String
  let target: Target
  let headers: [(name: String, value: String)]
  let body: Body

  static func == (left: ProxyRequest, right: ProxyRequest) -> Bool {
    left.method == right.method && left.target == right.target && left.body == right.body
      && left.headers.elementsEqual(right.headers, by: ==)
  }

  /// `head` ends with its empty line. Nil when it is no proxy request, or one that can be read two ways.
  init?(_ head: [UInt8]) {
    guard let lines = HeadLines(head) else { return nil }
    let parts = lines.first.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0", !parts[0].isEmpty,
      parts[0].utf8.allSatisfy(RequestCheck.isTokenByte)
    else { return nil }
    method = String(parts[0])
    headers = lines.fields
    if method == "CONNECT" {
      guard let (host, port) = try? OutboundURL.split(parts[1], defaultPort: nil) else { return nil }
      target = .connect(host: host, port: port)
      body = .none
      return
    }
    guard let url = try? OutboundURL(String(parts[1])), !url.isTLS else { return nil }
    target = .forward(url)
    guard let framing = lines.framing else { return nil }
    switch framing {
    case .none: body = .none
    case .length(let length): body = .length(length)
    case .chunked: body = .chunked
    }
  }

  func value(_ name: String) -> String? { headers.first { $0.name == name }?.value }

  /// The head to send to the target itself: origin-form, nothing meant for the proxy, one request per connection.
  func originHead(_ url: OutboundURL) -> [UInt8] {
    let standard = url.port == 80 ? String(url.authority.dropLast(3)) : url.authority
    var text = "\(method) \(url.target) HTTP/1.1\r\nHost: \(standard)\r\n"
    for (name, value) in headers where name != "host" && !HeadLines.isHopByHop(name, headers) {
      text += "\(name): \(value)\r\n"
    }
    if body == .chunked { text += "transfer-encoding: chunked\r\n" }
    text += "connection: close\r\n\r\n"
    return Array(text.utf8)
  }
}
