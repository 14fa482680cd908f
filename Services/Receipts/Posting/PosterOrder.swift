import Outbound
import Transport

/// A post that a posting process shall make. Signed already: no secret goes with it.
struct PosterOrder {
  var id: UInt64
  var request: OutboundRequest

  init(id: UInt64, request: OutboundRequest) {
    self.id = id
    self.request = request
  }

  /// Nil where it is longer than a frame may be.
  func frame() -> [UInt8]? {
    var writer = FieldWriter()
    writer.put(id)
    writer.put(request.method)
    writer.put(request.url)
    writer.put(UInt16(truncatingIfNeeded: request.headers.count))
    for (name, value) in request.headers {
      writer.put(name)
      writer.put(value)
    }
    writer.put(request.body)
    writer.put(request.limits.connect.nanoseconds)
    writer.put(request.limits.head.nanoseconds)
    writer.put((request.limits.whole ?? request.limits.head).nanoseconds)
    writer.put(UInt32(request.limits.responseBytes))
    let frame = writer.frame()
    return frame.count - 4 > PosterLimits.frameBytes ? nil : frame
  }

  init(_ body: [UInt8]) throws(FieldReader.Malformed) {
    let limit = PosterLimits.frameBytes
    var reader = FieldReader(body)
    id = try reader.number()
    request = OutboundRequest(method: try reader.text(limit: limit), url: try reader.text(limit: limit))
    for _ in 0..<(try reader.number(UInt16.self)) {
      request.headers.append((try reader.text(limit: limit), try reader.text(limit: limit)))
    }
    request.body = try reader.bytes(limit: limit)
    // The parent's posts carry ids that receivers know them by.
    request.mayRepeat = true
    request.limits = OutboundLimits(
      connect: .nanoseconds(try reader.number(Int64.self)), head: .nanoseconds(try reader.number(Int64.self)),
      whole: .nanoseconds(try reader.number(Int64.self)), responseBytes: Int(try reader.number(UInt32.self)))
    try reader.end()
  }
}
