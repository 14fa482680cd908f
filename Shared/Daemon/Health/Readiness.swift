/// Whether a service can do its own job, and what works worse than it should.
package struct Readiness: Sendable, Equatable {
  /// False answers `/readyz` with 503.
  package var isReady: Bool
  /// What is missing, by name: `"receipts": "not connected"`. Does not make the service unready.
  package var degraded: [String: String]

  package init(isReady: Bool = true, degraded: [String: String] = [:]) {
    self.isReady = isReady
    self.degraded = degraded
  }

  /// All is well.
  package static let ready = Readiness()
}
