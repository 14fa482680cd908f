import Contracts

/// A state with the reasons for it; none while online.
struct SenderCondition: Equatable {
  var status: SenderStatus
  var reasons: [SenderReason]

  init(_ status: SenderStatus, _ reasons: [SenderReason] = []) {
    self.status = status
    self.reasons = reasons
  }

  func has(_ code: String) -> Bool { reasons.contains { $0.code == code } }

  /// Whether only a new signup can help.
  var needsReconnect: Bool { has(SenderReason.reconnectNeeded.code) }

  /// How much a change to this state matters to the account.
  var severity: AccountEvent.Severity {
    switch status {
    case .online, .connecting: .info
    case .pending: has(SenderReason.pendingTooLongCode) ? .warning : .info
    case .offline: needsReconnect ? .critical : .warning
    case .failed: .warning
    case .suspended: .critical
    }
  }

  /// The change in words, with what to do next.
  var message: String {
    let why = reasons.map { "\($0.message) \($0.nextStep)" }.joined(separator: " ")
    return "The sender is \(status.rawValue)." + (why.isEmpty ? "" : " \(why)")
  }
}
