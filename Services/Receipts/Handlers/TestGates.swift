import Contracts
import JSON
import Synchronization
import Wire

/// The one gate of a process, and what somebody is told who has to wait.
final class TestGates: Sendable {
  private let gate = Mutex(TestGate())

  /// Throws `TEST_RUNNING`, or `RATE_LIMITED` with the time from which on it goes again.
  func take(_ webhook: WebhookID, of account: String, at now: Int64) throws(CallFailure) {
    switch gate.withLock({ $0.take(webhook, of: account, at: now) }) {
    case .granted: return
    case .running:
      throw CallFailure(
        .aborted, "TEST_RUNNING", "A test of this webhook is under way: wait for its answer.",
        retry: .afterMilliseconds(1_000))
    case .until(let moment):
      let at = Timestamp(milliseconds: moment).description
      throw CallFailure(
        .resourceExhausted, "RATE_LIMITED",
        "A webhook is tested at most \(TestGate.perMinute) times a minute, all webhooks of an account "
          + "\(TestGate.perMinuteOfAccount) times: try again at \(at).",
        details: ["retry_at": .string(at)], retry: .afterMilliseconds(Int(max(1, moment - now))))
    }
  }

  func finish(_ webhook: WebhookID) { gate.withLock { $0.finish(webhook) } }
}
