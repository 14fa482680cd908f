/// Bounds of one request, counted from the start of its transfer. Waiting for a slot comes before and is bounded by
/// `whole` once more.
package struct OutboundLimits: Sendable, Equatable {
  /// Time to a usable connection. Behind the egress guard the guard's own limit answers first.
  package var connect: Duration
  /// Time to the complete answer head.
  package var head: Duration
  /// Time to the last byte of the answer; nil only for streams that are meant to stay open.
  package var whole: Duration?
  /// Body bytes kept; the transfer is cut there.
  package var responseBytes: Int

  /// The defaults are those promised for receipts: 3 s, 10 s, 15 s, 16 KiB.
  package init(
    connect: Duration = .seconds(3), head: Duration = .seconds(10), whole: Duration? = .seconds(15),
    responseBytes: Int = 16 << 10
  ) {
    self.connect = connect
    self.head = head
    self.whole = whole
    self.responseBytes = responseBytes
  }
}
