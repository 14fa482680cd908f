import Contracts
import Synchronization
import Wire

/// A test's place at the gate: taken inside of its write, and given back however the call ends.
final class TestPlace: Sendable {
  private let gates: TestGates
  private let held = Mutex<WebhookID?>(nil)

  init(_ gates: TestGates) { self.gates = gates }

  /// A write that is done once more keeps the place it has.
  func take(_ webhook: WebhookID, of account: String, at now: Int64) throws(CallFailure) {
    if held.withLock({ $0 == webhook }) { return }
    giveBack()
    try gates.take(webhook, of: account, at: now)
    held.withLock { $0 = webhook }
  }

  func giveBack() {
    let webhook = held.withLock { held in
      defer { held = nil }
      return held
    }
    if let webhook { gates.finish(webhook) }
  }
}
