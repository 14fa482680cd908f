import Contracts
import Crypto
import JSON
import Outbound
import Store

/// What the owner of a webhook hears of it: an event of the account, for its other endpoints and for whoever follows
/// events.
struct EndpointNews: Sendable {
  var kind: EndpointHealth.News
  /// As it is now.
  var webhook: WebhookRow
  /// The first failure since the last success; of a recovered one the first that it had.
  var failingSince: Int64?
  /// The last attempt's.
  var errorClass: String?
  var httpStatus: Int?
  var at: Int64

  init(_ kind: EndpointHealth.News, of webhook: WebhookRow, since: Int64?, _ outcome: DeliveryOutcome, at now: Int64) {
    self.kind = kind
    self.webhook = webhook
    failingSince = webhook.failingSince ?? since
    errorClass = outcome.attempt.errorClass
    httpStatus = outcome.attempt.httpStatus
    at = now
  }

  /// When it is paused if nothing changes.
  var pausesAt: Int64? {
    kind == .failing || kind == .halfWay ? webhook.health.pausesAt : nil
  }

  /// The URL's host, which is all of it that others hear: paths and queries may hold credentials.
  var host: String? {
    guard let url = webhook.url else { return nil }
    do throws(OutboundFailure) { return try OutboundURL(url).host } catch { return nil }
  }

  var eventType: PlatformEvent.Kind {
    switch kind {
    case .failing, .halfWay: .endpointFailing
    case .recovered: .endpointRecovered
    case .pausedGone, .pausedFailing: .endpointPaused
    }
  }

  /// Tells it, in the transaction of the attempt that it came of. Never to the webhook itself. Answers who gets it.
  func tell(_ connection: Connection) throws -> [WebhookID] {
    let event = NewEvent(
      id: EventID(trusted: "evt_" + ULID.make(milliseconds: at)), account: webhook.account, type: eventType,
      sender: webhook.sender, occurredAt: Timestamp(milliseconds: at), body: try JSONCoder.encode(data))
    var audience = Audience()
    let others = try audience.webhooks(for: eventType, of: webhook.sender, in: webhook.account, connection)
      .filter { $0.id != webhook.id }
    _ = try EventRow.record(event, to: others, at: at, connection)
    try tellOwner(connection)
    return others.map(\.id)
  }

  private func tellOwner(_ connection: Connection) throws {
    let news: OwnerNews.News =
      switch kind {
      case .failing: .failing
      case .halfWay: .halfWay(pausesAt: pausesAt ?? at)
      case .pausedGone: .paused(.gone)
      case .pausedFailing: .paused(.failing)
      case .recovered: .recovered
      }
    var webhook = webhook
    webhook.failingSince = failingSince
    try OwnerNews.tell(
      news, of: webhook, failure: httpStatus.map { "HTTP \($0)" } ?? errorClass, at: at, connection)
  }

  private var data: Data {
    Data(
      webhookID: webhook.id, kind: webhook.kind, host: host, description: webhook.description,
      failingSince: failingSince.map { Timestamp(milliseconds: $0) },
      pausesAt: pausesAt.map { Timestamp(milliseconds: $0) }, reason: kind.pauseReason?.rawValue,
      lastErrorClass: kind == .recovered ? nil : errorClass, lastHTTPStatus: kind == .recovered ? nil : httpStatus)
  }

  /// The event's data, as automation reads it; `TestSample` writes the same.
  struct Data: Encodable {
    var webhookID: WebhookID
    var kind: Webhook.Kind
    var host: String?
    var description: String?
    var failingSince: Timestamp?
    var pausesAt: Timestamp?
    var reason: String?
    var lastErrorClass: String?
    var lastHTTPStatus: Int?
  }
}
