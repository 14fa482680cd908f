import Telemetry
import Wire

/// Whom a peer's connections go to, and in whose name.
struct PeerTarget: Sendable {
  let service: ServiceName
  let peer: ServiceName
  let host: String
  let port: Int
  let keys: PairKeys
  let limits: RPCLimits
  let log: Log
  let metrics: PeerMetrics
  let mirror: FrameMirror?
  let keyUse: PairKeyUse?

  var name: String { "\(host):\(port)" }

  /// Resolves the name anew and dials its addresses in turn; throws what the last one said.
  func connect(_ loop: EventLoop) async throws(TransportFailure) -> TCPConnection {
    var failure = TransportFailure.unresolved(host: host, reason: "no address")
    for address in try await Resolver.resolve(host: host, port: port).prefix(4) {
      do throws(TransportFailure) {
        return try await TCPConnector.connect(
          loop, to: address, timeout: limits.connectTime, outboundLimit: limits.outboundBytes)
      } catch {
        failure = error
      }
    }
    throw failure
  }
}
