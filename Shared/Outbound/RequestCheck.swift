import Foundation
import FoundationNetworking

/// Turns a request into what URLSession sends, refusing everything that could change the message's shape.
enum RequestCheck {
  /// Set by the client, or only meaningful between two hops (RFC 9110 §7.6.1).
  private static let reserved: Set<String> = [
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "te", "trailer",
    "upgrade", "expect", "proxy-authorization", "proxy-authenticate", "accept-encoding", "cookie",
  ]

  static func make(
    _ request: OutboundRequest, _ url: OutboundURL, _ configuration: HTTPClientConfiguration
  ) throws(OutboundFailure) -> URLRequest {
    func bad(_ why: String) -> OutboundFailure { OutboundFailure(.badRequest, neverLeft: true, why) }
    if !url.isTLS && !configuration.allowPlainHTTP {
      throw OutboundFailure(.egressDenied(.scheme), neverLeft: true, "plain http is not allowed")
    }
    guard (1...32).contains(request.method.utf8.count), request.method.utf8.allSatisfy(isTokenByte),
      request.method != "CONNECT", request.method != "TRACE"
    else { throw bad("the method cannot be sent") }
    guard request.method != "GET" && request.method != "HEAD" || !request.hasBody else {
      throw bad("\(request.method) with a body")
    }
    guard request.body.isEmpty || request.bodyFile == nil else { throw bad("two bodies") }
    guard let target = URL(string: request.url) else { throw bad("the URL cannot be parsed") }
    var result = URLRequest(url: target, cachePolicy: .reloadIgnoringLocalCacheData)
    result.httpMethod = request.method
    guard request.headers.count <= 64 else { throw bad("more than 64 headers") }
    for (name, value) in request.headers {
      guard !name.isEmpty, name.utf8.count <= 128, name.utf8.allSatisfy(isTokenByte) else {
        throw bad("a header name is not a token")
      }
      guard !reserved.contains(name.lowercased()) else { throw bad("the header \(name) is set by the client") }
      // CR and LF would start a new header, NUL would end the value for libcurl.
      guard value.utf8.count <= 16_384, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
        throw bad("the value of \(name) holds a control character or is longer than 16384 bytes")
      }
      guard result.value(forHTTPHeaderField: name) == nil else { throw bad("the header \(name) is given twice") }
      result.setValue(value, forHTTPHeaderField: name)
    }
    func fallback(_ name: String, _ value: String) {
      if result.value(forHTTPHeaderField: name) == nil { result.setValue(value, forHTTPHeaderField: name) }
    }
    // A compressed answer would be unpacked behind our back: the body limit should count what was sent.
    result.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    fallback("User-Agent", configuration.userAgent)
    // URLSession would send the machine's locale.
    fallback("Accept-Language", "en")
    // Without one URLSession claims a form.
    if request.hasBody { fallback("Content-Type", "application/octet-stream") }
    if !request.body.isEmpty { result.httpBody = Data(request.body) }
    return result
  }

  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
