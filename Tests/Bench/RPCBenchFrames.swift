import JSON
import Synchronization
import Transport
import Wire

/// Bare frames over the same loop: what the transport costs without the protocol.
enum RPCBenchFrames {
  static func frame(_ body: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
  }

  /// A request frame as the bench's calls make it.
  static func sample() throws -> [UInt8] {
    Frame.request(
      id: 123_456, method: RPCBenchCall.method, timeoutMilliseconds: 30_000,
      params: try JSONCoder.encode(RPCBenchCall.sample))
  }

  /// Round trips a second with `inFlight` frames under way on one connection.
  static func rate(_ loop: EventLoop, port: Int, inFlight: Int, total: Int) async throws -> Double {
    let frame = try sample()
    let connection = try await TCPConnector.connect(
      loop, to: try SocketAddress(host: "127.0.0.1", port: port), timeout: .seconds(5))
    let begun = MonotonicClock.now
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      loop.execute {
        var splitter = FrameSplitter(limit: 1 << 20)
        var sent = inFlight
        var received = 0
        connection.onBytes = { bytes in
          splitter.append(bytes)
          while (try? splitter.next()) != nil {
            received += 1
            if received == total { continuation.resume() }
            if sent < total {
              sent += 1
              connection.write(frame)
            }
          }
        }
        connection.resumeReading()
        for _ in 0..<inFlight { connection.write(frame) }
      }
    }
    let seconds = Double(MonotonicClock.now - begun) / 1e9
    await loop.perform { connection.close(.closedHere("measured")) }
    return Double(total) / seconds
  }
}
