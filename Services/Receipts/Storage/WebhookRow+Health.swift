import Contracts
import Store

extension WebhookRow {
  /// How it went so far.
  var health: EndpointHealth {
    get {
      EndpointHealth(
        failingSince: failingSince, failures: failures, lastFailureAt: lastFailureAt, told: told, toldAt: toldAt,
        lastSuccessAt: lastSuccessAt)
    }
    set {
      failingSince = newValue.failingSince
      failures = newValue.failures
      lastFailureAt = newValue.lastFailureAt
      told = newValue.told
      toldAt = newValue.toldAt
      lastSuccessAt = newValue.lastSuccessAt
    }
  }

  /// It took what it was sent last.
  var isProven: Bool { failingSince == nil && lastSuccessAt != nil }

  /// Stores how it went.
  func storeHealth(_ connection: Connection) throws {
    try connection.execute(
      """
      UPDATE webhooks SET failing_since = ?, failures = ?, last_failure_at = ?, told = ?, told_at = ?, last_success_at = ?
      WHERE id = ?
      """, failingSince, failures, lastFailureAt, told, toldAt, lastSuccessAt, id.text)
  }

  /// Stores that nothing is delivered any more: not a change by a person, so the version stays.
  func storePause(at now: Int64, _ connection: Connection) throws {
    try connection.execute(
      "UPDATE webhooks SET state = 'paused', pause_reason = ?, paused_at = ?, updated_at = ? WHERE id = ?",
      pause?.reason.rawValue, pause?.at.milliseconds, now, id.text)
  }
}

extension EndpointHealth.News {
  /// Why the webhook takes a pause with it; nil for news without one.
  var pauseReason: Webhook.Pause.Reason? {
    switch self {
    case .pausedGone: .gone
    case .pausedFailing: .failing
    case .failing, .halfWay, .recovered: nil
    }
  }
}
