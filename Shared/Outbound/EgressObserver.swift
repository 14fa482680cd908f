/// What the guard tells its surroundings, for logs and metrics; called on the loop, must not block.
package struct EgressObserver: Sendable {
  /// Connected: target as `host:port`, address.
  package var dialled: @Sendable (_ target: String, _ address: String) -> Void
  package var denied: @Sendable (_ target: String, _ why: EgressDenial) -> Void
  /// Somebody without the credentials knocked.
  package var stranger: @Sendable () -> Void

  package init(
    dialled: @escaping @Sendable (String, String) -> Void = { _, _ in },
    denied: @escaping @Sendable (String, EgressDenial) -> Void = { _, _ in },
    stranger: @escaping @Sendable () -> Void = {}
  ) {
    self.dialled = dialled
    self.denied = denied
    self.stranger = stranger
  }
}
