import Contracts
import JSON
import Store
import TestSupport
import Wire

@testable import Receipts

/// What the tests of replays say often.
extension ReceiptsFixture {
  /// What a call was refused with.
  func refusal(_ body: () async throws -> some Any) async -> CallFailure? {
    do {
      _ = try await body()
      return nil
    } catch {
      return error as? CallFailure
    }
  }

  /// One number of the store.
  func number(_ sql: String, _ values: any SQLConvertible...) async throws -> Int {
    try await database.read { try $0.first(sql, values: values) { try $0.int(0) } } ?? -1
  }

  func execute(_ sql: String, _ values: any SQLConvertible...) async throws {
    try await database.write { try $0.execute(sql, values: values) }
  }

  /// Hands over statuses with the numbers of a range, in hand-overs as large as they may be.
  func record(_ numbers: ClosedRange<Int>, sender: SenderID = ReceiptsFixture.sender) async throws {
    for start in stride(from: numbers.lowerBound, through: numbers.upperBound, by: EventHandlers.batchLimit) {
      let end = min(start + EventHandlers.batchLimit - 1, numbers.upperBound)
      try await hand((start...end).map { HandedEvent(status: .sample($0, sender: sender)) })
    }
  }

  /// One step of a replay.
  func step(_ id: ReplayID?) async throws -> ReplayStep.Outcome {
    let now = clock.now
    return try await database.write {
      try ReplayStep(now: now, connection: $0).run(id ?? ReplayID(trusted: ""))
    }
  }

  /// Steps until there is nothing to do for now.
  @discardableResult
  func feed(_ id: ReplayID?) async throws -> ReplayStep.Outcome {
    for _ in 1...10_000 {
      let outcome = try await step(id)
      if case .again = outcome { continue }
      return outcome
    }
    throw TimedOut(waitingFor: "the end of a replay's steps", limit: .zero)
  }

  /// Every delivery that waits is over, without a POST.
  func settle(_ state: Delivery.State = .delivered) async throws {
    try await execute(
      "UPDATE deliveries SET state = ?, attempts = attempts + 1 WHERE state = 'waiting'", state.rawValue)
  }

  func pause(_ webhook: WebhookID, reason: Webhook.Pause.Reason = .failing) async throws {
    try await execute(
      "UPDATE webhooks SET state = 'paused', pause_reason = ?, paused_at = ? WHERE id = ?", reason.rawValue, clock.now,
      webhook.text)
  }
}
