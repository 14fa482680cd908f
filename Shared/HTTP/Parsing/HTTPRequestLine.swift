/// The first line of a request (RFC 9112 §3): method, one space, target, one space, version.
struct HTTPRequestLine {
  let method: String
  let target: HTTPTarget
  /// 0 or 1: the y of HTTP/1.y.
  let minorVersion: Int

  init(parsing line: ArraySlice<UInt8>, targetLimit: Int) throws(HTTPRefusal) {
    guard let first = line.firstIndex(of: HTTPBytes.space),
      let second = line[(first + 1)...].firstIndex(of: HTTPBytes.space)
    else { throw Self.isClean(line) ? .requestLine : .controlByte }
    let method = line[..<first]
    if method.isEmpty || !method.allSatisfy(HTTPBytes.isToken) { throw .method }
    let target = line[(first + 1)..<second]
    if target.count > targetLimit { throw .targetTooLong }
    minorVersion = try Self.version(line[(second + 1)...])
    self.method = String(decoding: method, as: UTF8.self)
    if self.method == "CONNECT" { throw .methodUnsupported }
    self.target = try HTTPTarget(parsing: target, method: self.method)
  }

  /// `HTTP/` digit `.` digit; anything else, a third space included, is no version.
  private static func version(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
    guard bytes.count == 8, bytes.starts(with: "HTTP/".utf8), bytes[bytes.startIndex + 6] == 0x2E else {
      throw .requestLine
    }
    let major = bytes[bytes.startIndex + 5]
    let minor = bytes[bytes.startIndex + 7]
    guard HTTPBytes.isDigit(major), HTTPBytes.isDigit(minor) else { throw .requestLine }
    guard major == 0x31, minor <= 0x31 else { throw .version }
    return Int(minor &- 0x30)
  }

  private static func isClean(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}
