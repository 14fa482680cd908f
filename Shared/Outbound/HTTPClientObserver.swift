/// What a client tells its surroundings, for metrics; called from any thread, must not block.
package struct HTTPClientObserver: Sendable {
  /// After every attempt: host, outcome, milliseconds.
  package var finished: @Sendable (_ host: String, _ outcome: Result<Int, OutboundFailure>, _ milliseconds: Int) -> Void
  /// A repeat by libcurl was stopped.
  package var repeatRefused: @Sendable (_ host: String) -> Void

  package init(
    finished: @escaping @Sendable (String, Result<Int, OutboundFailure>, Int) -> Void = { _, _, _ in },
    repeatRefused: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.finished = finished
    self.repeatRefused = repeatRefused
  }
}
