/// Bounds of the egress guard.
package struct EgressLimits: Sendable {
  /// Look-up and connecting to all addresses of a target together.
  package var connect: Duration
  /// For a client of the proxy to send its head.
  package var head: Duration
  /// A tunnel or an exchange without a byte in either direction is cut.
  package var idle: Duration
  package var headBytes: Int
  /// Proxy connections at the same time; more wait in the kernel's backlog.
  package var connections: Int
  /// Bytes waiting for a slow side before the other side is not read any more.
  package var buffered: Int

  package init(
    connect: Duration = .seconds(3), head: Duration = .seconds(10), idle: Duration = .seconds(180),
    headBytes: Int = 16 << 10, connections: Int = 1024, buffered: Int = 256 << 10
  ) {
    self.connect = connect
    self.head = head
    self.idle = idle
    self.headBytes = headBytes
    self.connections = connections
    self.buffered = buffered
  }
}
