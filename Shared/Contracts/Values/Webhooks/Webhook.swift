/// Where events are pushed: the receipts of one sender, or any events of the account.
package struct Webhook: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// A sender's own: steps of its messages, with the flat payload of the read-receipts webhook.
    case receipts
    /// Any of the account's events, as `GET /v1/events` shows them.
    case endpoint
  }

  package enum State: String, Codable, Sendable, CaseIterable {
    case active
    /// Events are kept for it and not delivered.
    case paused
  }

  /// Why nothing is delivered, and since when.
  package struct Pause: Codable, Sendable, Equatable {
    package enum Reason: String, Codable, Sendable, CaseIterable {
      case byHand = "by_hand"
      /// It answered 410.
      case gone
      /// Nothing was taken for days.
      case failing
    }

    package var reason: Reason
    package var at: Timestamp

    package init(reason: Reason, at: Timestamp) {
      self.reason = reason
      self.at = at
    }
  }

  package var id: WebhookID
  package var kind: Kind
  /// Whose receipts they are; of an endpoint the only sender whose events it gets, all when absent.
  package var senderID: SenderID?
  /// Absent as long as it was tested only: nothing is delivered.
  package var url: String?
  package var description: String?
  /// Absent: all types.
  package var eventTypes: [PlatformEvent.Kind]?
  /// Sent with every delivery; values are not shown.
  package var headers: [WebhookHeader]
  /// Events of one contact one after the other.
  package var isOrdered: Bool
  /// Attempts a second at most; absent: as many as it takes.
  package var maxPerSecond: Double?
  /// Attempts at the same time at most; absent: the service's own number.
  package var maxConcurrency: Int?
  /// `standard`, `short`, or pauses before each attempt such as `0s,5s,5m`; absent: the service's own.
  package var retrySchedule: String?
  package var state: State
  package var pause: Pause?
  /// Since when every attempt has failed; absent while they succeed.
  package var failingSince: Timestamp?
  /// When it is paused if nothing changes.
  package var pausesAt: Timestamp?
  package var lastSuccessAt: Timestamp?
  /// The signing secret, `whsec_…`: present only in the answer that made it.
  package var secret: String?
  /// The first 8 hex digits of SHA-256 over the secret's text, to tell secrets apart.
  package var secretFingerprint: String
  /// The secret before the last rotation, while it still signs.
  package var previousSecret: RetiringSecret?
  /// Counts up with every change by a person.
  package var version: Int64
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: WebhookID, kind: Kind, senderID: SenderID?, url: String?, description: String? = nil,
    eventTypes: [PlatformEvent.Kind]? = nil, headers: [WebhookHeader] = [], isOrdered: Bool = false,
    maxPerSecond: Double? = nil, maxConcurrency: Int? = nil, retrySchedule: String? = nil, state: State = .active,
    pause: Pause? = nil, failingSince: Timestamp? = nil, pausesAt: Timestamp? = nil, lastSuccessAt: Timestamp? = nil,
    secret: String?, secretFingerprint: String, previousSecret: RetiringSecret? = nil, version: Int64 = 1,
    createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.senderID = senderID
    self.url = url
    self.description = description
    self.eventTypes = eventTypes
    self.headers = headers
    self.isOrdered = isOrdered
    self.maxPerSecond = maxPerSecond
    self.maxConcurrency = maxConcurrency
    self.retrySchedule = retrySchedule
    self.state = state
    self.pause = pause
    self.failingSince = failingSince
    self.pausesAt = pausesAt
    self.lastSuccessAt = lastSuccessAt
    self.secret = secret
    self.secretFingerprint = secretFingerprint
    self.previousSecret = previousSecret
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
