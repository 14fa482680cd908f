import Contracts
import Store

extension Connection {
  /// Applies an event to a verification and stores everything that follows from it, the registry's event included.
  /// Nil when the event changes nothing in the state it finds.
  func apply(
    _ event: VerificationEvent, to id: VerificationID, _ times: VerificationTimes, now: Int64,
    _ change: (inout VerificationRow) -> Void = { _ in }
  ) throws -> VerificationRow? {
    guard var row = try verification(id), let next = VerificationTransition.apply(event, to: row.state) else {
      return nil
    }
    row.state = next
    row.updatedAt = now
    row.dueAt = now + (next == .codeRequested ? times.silence : times.watch)
    row.reads = 0
    switch event {
    case .codeSent, .codeMaybeSent: row.retryAt = now + times.retry
    case .submitted, .verified: row.reason = nil
    case .refused, .unsettled, .failed, .silent: break
    }
    if !row.state.isOpen { row.retryAt = nil }
    change(&row)
    try update(row)
    if !row.state.isOpen, row.reason?.code != SenderReason.superseded.code {
      try RegistryOutbox.enqueue(row, self, now: now)
    }
    return row
  }
}
