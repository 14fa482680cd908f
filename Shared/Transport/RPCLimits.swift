/// How much one RPC server or peer takes before it says no.
package struct RPCLimits: Sendable {
  /// The longest frame accepted from a proven peer, in bytes; announced in the hello.
  package var frameBytes = 1 << 20
  /// The longest frame accepted before that.
  package var unauthenticatedFrameBytes = 4_096
  /// From the first byte to a proven peer; at the dialling end from the connection on.
  package var handshakeTime: Duration = .seconds(2)
  /// Connections that have not proven themselves yet. One more and the oldest of them is closed: a handshake takes a
  /// millisecond, so those that wait long are not ours.
  package var unauthenticatedConnections = 64
  /// Proven connections.
  package var connections = 256
  /// Requests in work for one connection; announced in the hello. Beyond it they are refused at once.
  package var inFlightPerConnection = 256
  /// Bytes that may wait for a peer that does not read.
  package var outboundBytes = 8 << 20
  /// Silence after which a ping is sent; two without any answer end the connection.
  package var idlePing: Duration = .seconds(30)
  /// Pings and cancels that a peer may send a second on top of its requests.
  package var controlFramesPerSecond = 1_000
  /// Calls run no longer than this, whatever the caller says.
  package var longestCall: Duration = .seconds(600)
  /// Connections a peer keeps to the same service: one, up to four.
  package var connectionsPerPeer = 1
  /// Dialling one address.
  package var connectTime: Duration = .seconds(3)
  /// How long a call waits for a connection before it fails unstarted.
  package var connectWait: Duration = .seconds(1)
  /// Calls that wait for a connection at a time.
  package var waitingForConnection = 1_024
  /// The first and the longest pause between attempts to connect; full jitter in between.
  package var reconnectPause: ClosedRange<Duration> = .milliseconds(50) ... .seconds(2)

  package init() {}
}
