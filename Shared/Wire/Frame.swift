import Crypto
package import JSON

/// Whole frames, length included, ready for the socket.
package enum Frame {
  /// Bytes of the length in front of every body.
  package static let headerBytes = 4

  package static func hello(_ hello: Hello) -> [UInt8] {
    write("hello") { writer in
      writer.key("service")
      writer.string(hello.service.rawValue)
      writer.key("version_min")
      writer.integer(hello.versions.lowerBound)
      writer.key("version_max")
      writer.integer(hello.versions.upperBound)
      writer.key("frame_bytes")
      writer.integer(hello.frameBytes)
      writer.key("in_flight")
      writer.integer(hello.inFlight)
      writer.key("key_id")
      writer.string(hello.keyID)
      writer.key("nonce")
      writer.string(Base64.encode(hello.nonce))
    }
  }

  package static func proof(_ mac: [UInt8]) -> [UInt8] {
    write("proof") { writer in
      writer.key("mac")
      writer.string(Base64.encode(mac))
    }
  }

  /// `params` is the JSON of the call.
  package static func request(
    id: Int64, method: String, timeoutMilliseconds: Int64, key: String? = nil, trace: String? = nil,
    account: String? = nil, actor: String? = nil, params: [UInt8]
  ) -> [UInt8] {
    write("request", id: id, capacity: 192 + params.count) { writer in
      writer.key("method")
      writer.string(method)
      writer.key("timeout_ms")
      writer.integer(timeoutMilliseconds)
      optional("key", key, &writer)
      optional("trace", trace, &writer)
      optional("account", account, &writer)
      optional("actor", actor, &writer)
      writer.key("params")
      writer.raw(params)
    }
  }

  /// A response up to where its result follows; `finish` ends it.
  package static func beginResponse(id: Int64) -> JSONWriter {
    var writer = begin("response", id: id, capacity: 512)
    writer.key("result")
    return writer
  }

  /// Ends a frame whose last value has been written.
  package static func finish(_ writer: consuming JSONWriter) -> [UInt8] {
    writer.endObject()
    var bytes = writer.finish()
    let length = UInt32(bytes.count - headerBytes).bigEndian
    withUnsafeBytes(of: length) { length in
      for index in 0..<headerBytes { bytes[index] = length[index] }
    }
    return bytes
  }

  package static func failure(id: Int64, _ failure: CallFailure) -> [UInt8] {
    do {
      var writer = begin("response", id: id, capacity: 512)
      writer.key("error")
      try JSONCoder.encode(failure, into: &writer)
      return finish(writer)
    } catch {
      // Only details can be unspeakable (a NaN); the rest is words and numbers.
      var plain = failure
      plain.details = nil
      return write("response", id: id) { writer in
        writer.key("error")
        writer.beginObject()
        writer.key("code")
        writer.string(plain.code.rawValue)
        writer.key("reason")
        writer.string(plain.reason)
        writer.key("message")
        writer.string(plain.message)
        writer.endObject()
      }
    }
  }

  package static func cancel(id: Int64) -> [UInt8] { write("cancel", id: id) { _ in } }
  package static func ping(id: Int64) -> [UInt8] { write("ping", id: id) { _ in } }
  package static func pong(id: Int64) -> [UInt8] { write("pong", id: id) { _ in } }

  package static func goaway(_ goaway: Goaway) -> [UInt8] {
    write("goaway") { writer in
      writer.key("reason")
      writer.string(goaway.reason)
      writer.key("message")
      writer.string(goaway.message)
      writer.key("within_ms")
      writer.integer(goaway.withinMilliseconds)
    }
  }

  private static func begin(_ kind: String, id: Int64? = nil, capacity: Int = 256) -> JSONWriter {
    var writer = JSONWriter(leaving: headerBytes, capacity: capacity)
    writer.beginObject()
    writer.key("kind")
    writer.string(kind)
    if let id {
      writer.key("id")
      writer.integer(id)
    }
    return writer
  }

  private static func write(
    _ kind: String, id: Int64? = nil, capacity: Int = 256, _ members: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var writer = begin(kind, id: id, capacity: capacity)
    members(&writer)
    return finish(writer)
  }

  private static func optional(_ name: String, _ value: String?, _ writer: inout JSONWriter) {
    guard let value else { return }
    writer.key(name)
    writer.string(value)
  }
}
