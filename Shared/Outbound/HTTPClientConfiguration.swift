/// How an `HTTPClient` behaves towards everybody it calls.
package struct HTTPClientConfiguration: Sendable {
  /// Who chose the URLs this client is given.
  package enum Target: Sendable {
    /// A customer or a model: every URL passes the guard's syntactic check first, so the operator's own hosts are
    /// out of reach.
    case customer
    /// The operator's settings: only the guard's check when dialling applies.
    case operatorChosen
  }

  package var target: Target
  /// Transfers at the same time to one `host:port`.
  package var perHostConcurrency: Int
  /// Transfers at the same time in all; each owns a URLSession and a connection.
  package var totalConcurrency: Int
  /// Sends that may wait for a slot; one more fails at once as `.overloaded`.
  package var queueLimit: Int
  /// Plain `http` is refused unless this is set.
  package var allowPlainHTTP: Bool
  package var userAgent: String
  /// Bytes of a streamed answer that may wait for their reader.
  package var streamBufferBytes: Int

  package init(
    target: Target = .operatorChosen, perHostConcurrency: Int = 8, totalConcurrency: Int = 64, queueLimit: Int = 1024,
    allowPlainHTTP: Bool = false, userAgent: String = "whatsapp-senders", streamBufferBytes: Int = 4 << 20
  ) {
    self.target = target
    self.perHostConcurrency = perHostConcurrency
    self.totalConcurrency = totalConcurrency
    self.queueLimit = queueLimit
    self.allowPlainHTTP = allowPlainHTTP
    self.userAgent = userAgent
    self.streamBufferBytes = streamBufferBytes
  }
}
