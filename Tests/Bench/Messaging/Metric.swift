import TestSupport

/// One series of a service's metrics page.
enum Metric {
  /// Its value now; 0 while nothing was counted.
  static func read(_ series: String, port: Int) throws -> Int {
    let socket = try RawSocket(port: UInt16(port))
    try socket.send("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    for line in try socket.receiveToEnd().split(whereSeparator: \.isNewline) where line.hasPrefix(series + " ") {
      if let count = Double(line.dropFirst(series.count + 1)) { return Int(count) }
    }
    return 0
  }
}
