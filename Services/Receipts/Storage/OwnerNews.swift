import Contracts
import Crypto
import JSON
import Store
import Transport
import Wire

/// What the owner of a webhook is told of it, on its way to the registry: written with the attempt that it follows
/// from, sent until acknowledged.
enum OwnerNews {
  static let queue = DurableQueue(table: "registry_outbox")

  enum News: Sendable, Equatable {
    /// It has failed for a while.
    case failing
    /// It will be paused at this moment if nothing changes.
    case halfWay(pausesAt: Int64)
    case paused(Webhook.Pause.Reason)
    /// It takes events again.
    case recovered
  }

  /// `failure` is how the last attempt ended, for example `HTTP 500` or `timeout`.
  static func tell(
    _ news: News, of webhook: WebhookRow, failure: String? = nil, at now: Int64, _ connection: Connection
  ) throws {
    guard let (kind, severity) = form(of: news) else { return }
    let event = EventID(trusted: "evt_" + ULID.make(milliseconds: now))
    let call = SenderRegistryAPI.RecordAccountEvent(
      eventID: event, senderID: webhook.sender, accountID: webhook.account, kind: kind, severity: severity,
      message: message(news, of: webhook, failure: failure))
    try queue.enqueue(
      connection, id: event.text, lane: webhook.id.text, payload: try JSONCoder.encode(call), dueAt: now, now: now)
  }

  /// Hands one over.
  static func send(_ payload: [UInt8], to registry: Peer) async throws(CallFailure) {
    let call: SenderRegistryAPI.RecordAccountEvent
    do throws(JSONDecodingFailure) {
      call = try JSONCoder.decode(SenderRegistryAPI.RecordAccountEvent.self, from: payload)
    } catch {
      throw .invalidArgument("PAYLOAD_UNREADABLE", "the payload is no event: \(error)")
    }
    _ = try await registry.call(call, timeout: .seconds(10))
  }

  /// Nil for what whoever did it knows.
  private static func form(of news: News) -> (kind: String, severity: AccountEvent.Severity)? {
    switch news {
    case .failing: ("endpoint.failing", .warning)
    case .halfWay: ("endpoint.failing", .warning)
    case .paused(.byHand): nil
    case .paused: ("endpoint.paused", .critical)
    case .recovered: ("endpoint.recovered", .info)
    }
  }

  private static func message(_ news: News, of webhook: WebhookRow, failure: String?) -> String {
    let name = "The webhook \(webhook.id)\(webhook.host.map { " at \($0)" } ?? "")"
    let since = webhook.failingSince.map { " since \(Timestamp(milliseconds: $0))" } ?? ""
    let last = failure.map { " Last failure: \($0)." } ?? ""
    let look =
      " See GET /v1/webhooks/\(webhook.id)/attempts?failed_only=true, and try POST /v1/webhooks/\(webhook.id)/test."
    let resume =
      " Events are kept for it. When it is repaired, POST /v1/webhooks/\(webhook.id)/resume goes on and delivers what"
      + " it has missed."
    switch news {
    case .failing:
      return "\(name) has taken no event\(since).\(last) Events are kept and tried again by themselves.\(look)"
    case .halfWay(let pausesAt):
      return "\(name) has taken no event\(since) and will be paused at \(Timestamp(milliseconds: pausesAt)) if nothing"
        + " changes.\(last)\(look)"
    case .paused(.gone):
      return "\(name) answered 410, which says that it is gone: nothing is delivered to it any more.\(resume)"
    case .paused:
      return "\(name) has taken no event\(since): it is paused, nothing is delivered to it any more.\(last)\(resume)"
    case .recovered:
      return "\(name) takes events again."
    }
  }
}

extension WebhookRow {
  /// Where it is, without path and query, which may be credentials.
  var host: String? {
    let parts = url?.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false) ?? []
    guard parts.count == 3, parts[1].isEmpty else { return nil }
    let authority = parts[2].prefix { !"/?#".contains($0) }
    return authority.split(separator: "@").last.map(String.init)
  }
}
