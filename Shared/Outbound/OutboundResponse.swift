/// A complete answer, or its beginning when it was longer than asked for.
package struct OutboundResponse: Sendable {
  package var status: Int
  package var headers: OutboundHeaders
  package var body: [UInt8]
  /// The body was longer than the request's limit and was cut there.
  package var isTruncated: Bool
  /// The address the egress guard connected to; nil without a guard.
  package var dialledAddress: String?
  /// From the start of the transfer (waiting for a slot excluded) to its last byte.
  package var milliseconds: Int

  package init(
    status: Int, headers: OutboundHeaders = OutboundHeaders(), body: [UInt8] = [], isTruncated: Bool = false,
    dialledAddress: String? = nil, milliseconds: Int = 0
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.isTruncated = isTruncated
    self.dialledAddress = dialledAddress
    self.milliseconds = milliseconds
  }
}
