import Contracts
import Crypto

extension WebhookRow {
  /// How long a webhook may fail before it is paused, in milliseconds: 5 days.
  static var patience: Int64 { EndpointHealth.patience }

  /// As people see it; the secret only in the answer that made it.
  func view(secret: String? = nil, keyring: SealingKeyring, at now: Int64) -> Webhook {
    Webhook(
      id: id, kind: kind, senderID: sender, url: url, description: description, eventTypes: eventTypes,
      headers: ((try? ownHeaders(keyring)) ?? []).map { WebhookHeader(name: $0.name, value: nil) },
      isOrdered: isOrdered,
      maxPerSecond: maxPerSecond, maxConcurrency: maxConcurrency, retrySchedule: retrySchedule,
      state: pause == nil ? .active : .paused, pause: pause,
      failingSince: failingSince.map { Timestamp(milliseconds: $0) },
      pausesAt: pause == nil ? health.pausesAt.map { Timestamp(milliseconds: $0) } : nil,
      lastSuccessAt: lastSuccessAt.map { Timestamp(milliseconds: $0) }, secret: secret,
      secretFingerprint: fingerprint(keyring, at: now),
      previousSecret: previous.flatMap {
        $0.until > now
          ? RetiringSecret(fingerprint: $0.fingerprint, expiresAt: Timestamp(milliseconds: $0.until)) : nil
      }, version: version, createdAt: Timestamp(milliseconds: createdAt),
      updatedAt: Timestamp(milliseconds: updatedAt))
  }

  /// A row of before there were fingerprints has none stored.
  private func fingerprint(_ keyring: SealingKeyring, at now: Int64) -> String {
    guard secretFingerprint.isEmpty else { return secretFingerprint }
    return (try? secrets(keyring, at: now).current.fingerprint) ?? ""
  }
}
