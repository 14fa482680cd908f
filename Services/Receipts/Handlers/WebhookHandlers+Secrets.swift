import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

extension WebhookHandlers {
  /// Makes a new secret and shows it, once; the one before it goes on signing for a while.
  func rotate(_ call: ReceiptsAPI.RotateSecret, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    let hours = call.overlapHours ?? WebhookRow.standardOverlapHours
    guard WebhookRow.overlapHours.contains(hours) else {
      throw CallFailure.invalidArgument(
        "OVERLAP_OUT_OF_RANGE", "overlap_hours is 0 (the old secret ends at once) to 168 (seven days)",
        field: "overlap_hours")
    }
    let now = clock.now
    let rotated = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard var row = try WebhookRow.find(call.webhookID, account: account, connection) else {
          throw CallFailure.webhookNotFound
        }
        if let until = row.previous?.until, until > now, call.force != true {
          throw CallFailure.rotationRunning(until: Timestamp(milliseconds: until))
        }
        let secret = row.rotate(overlapHours: hours, keyring, at: now)
        try row.change(at: now, connection)
        return row.view(secret: secret.text.string, keyring: keyring, at: now)
      }
    }
    log.notice(
      "webhook.secret_rotated",
      [
        "webhook_id": .string(rotated.id.text), "secret": .string(rotated.secretFingerprint),
        "before": .string(rotated.previousSecret?.fingerprint ?? ""), "overlap_hours": .int(hours),
      ])
    onChanged()
    return rotated
  }

  /// Ends the overlap now. Without one it changes nothing.
  func retire(_ call: ReceiptsAPI.RetireSecret, _ context: CallContext) async throws -> Webhook {
    let account = try context.requiredAccount
    let now = clock.now
    return try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        guard var row = try WebhookRow.find(call.webhookID, account: account, connection) else {
          throw CallFailure.webhookNotFound
        }
        if row.previous != nil {
          row.previous = nil
          try row.change(at: now, connection)
        }
        return row.view(keyring: keyring, at: now)
      }
    }
  }
}

extension CallFailure {
  /// Two at most sign: a third would leave those behind who have taken over the second already.
  static func rotationRunning(until: Timestamp) -> CallFailure {
    .failedPrecondition(
      "ROTATION_RUNNING",
      "The secret was rotated a short while ago, and the old one signs until \(until): retire it first, or repeat this "
        + "with force to end it at once.", details: ["expires_at": .string(until.description)])
  }
}
