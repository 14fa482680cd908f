import Crypto
import Foundation
import JSON
import Transport

/// JSON over one keep-alive connection, one call after the other.
final class JSONClient {
  struct Answer {
    let status: Int
    let body: JSONValue
    /// The problem's code, when it is one.
    var code: String { body["code"]?.string ?? "" }
  }

  /// An idle connection may be closed by the server before the next request reaches it.
  private static let longestIdle: Int64 = 2_000_000_000

  private let port: Int
  private let key: String?
  private var connection: KeepAliveClient?
  private var lastUse: Int64 = 0

  /// Talks to `port` on this machine; `key` is sent with every call.
  init(port: Int, key: String? = nil) {
    self.port = port
    self.key = key
  }

  /// Makes a call; any status is an answer.
  func ask(_ method: String, _ path: String, _ body: JSONValue? = nil) throws -> Answer {
    if MonotonicClock.now - lastUse > Self.longestIdle { connection = nil }
    let open = try connection ?? KeepAliveClient(port: port, authorization: key)
    // Only a connection whose last answer was read to its end is used again.
    connection = nil
    let text = try body.map { String(decoding: try JSONCoder.encode($0), as: UTF8.self) }
    let (status, bytes) = try open.send(method, path, body: text)
    connection = open
    lastUse = MonotonicClock.now
    return Answer(status: status, body: bytes.isEmpty ? .null : try JSONValue(parsing: bytes))
  }

  /// The body of a 2xx; throws on any other status.
  @discardableResult
  func call(_ method: String, _ path: String, _ body: JSONValue? = nil) throws -> JSONValue {
    let answer = try ask(method, path, body)
    guard (200..<300).contains(answer.status) else {
      throw BenchFailure("\(method) \(path) answered \(answer.status): \(answer.body)")
    }
    return answer.body
  }
}
