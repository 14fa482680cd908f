/// How the body of a request ends (RFC 9112 §6.3).
package enum HTTPFraming: Sendable, Equatable {
  case none
  case length(Int)
  case chunked

  /// Reads both length fields; whatever two readers could understand differently is refused.
  init(_ headers: HTTPHeaders, minorVersion: Int) throws(HTTPRefusal) {
    var length: ArraySlice<UInt8>?
    var encoding: ArraySlice<UInt8>?
    for field in headers.fields {
      if headers.isNamed(field, "content-length".utf8) {
        if length != nil { throw .ambiguousLength }
        length = headers.block[field.value]
      } else if headers.isNamed(field, "transfer-encoding".utf8) {
        if encoding != nil { throw .transferEncoding }
        encoding = headers.block[field.value]
      }
    }
    if let encoding {
      if length != nil { throw .ambiguousLength }
      if minorVersion == 0 { throw .transferEncodingVersion }
      if !HTTPHeaders.isSame(encoding, "chunked".utf8) { throw .transferEncoding }
      self = .chunked
    } else if let length {
      self = try .length(Self.number(length))
    } else {
      self = .none
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
    if bytes.isEmpty || !bytes.allSatisfy(HTTPBytes.isDigit) { throw .contentLength }
    let digits = bytes.drop { $0 == 0x30 }
    // 18 digits cannot overflow, and nobody takes a body of an exabyte.
    if digits.count > 18 { throw .bodyTooLarge }
    return digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
  }
}
