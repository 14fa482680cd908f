import Contracts
import Crypto
import Outbound
import Telemetry

/// Signs one delivery and posts it once.
struct WebhookPoster: Sendable {
  /// Bytes kept of an answer.
  static let responseBytes = PosterLimits.responseBytes

  let http: HTTPClient
  /// For `https`, whose answers nothing checks before URLSession reads them; without it, `http` takes those as well.
  var posters: PosterPool?
  let keyring: SealingKeyring
  let log: Log

  /// `at` (ms) is the attempt's time, which is signed. The client's limits apply: connect 3 s, head 10 s, whole 15 s,
  /// 16 KiB of answer; redirects are not followed.
  func post(_ row: DeliveryRow, at now: Int64) async -> PostResult {
    guard let url = row.webhook.url, let body = try? DeliveryBody.bytes(of: row.event, for: row.webhook.kind) else {
      return PostResult(errorClass: "event_unreadable")
    }
    do throws(WebhookRow.Unreadable) {
      return await send(try SignedPost(body, id: row.event.id, to: url, of: row.webhook, keyring, at: now))
    } catch {
      log.error(
        error == .secret ? "delivery.secret_unreadable" : "delivery.headers_unreadable",
        ["webhook_id": .string(row.webhook.id.text)])
      return PostResult(errorClass: error.rawValue)
    }
  }

  /// Posts what is signed already.
  func send(_ post: SignedPost) async -> PostResult {
    switch await send(post.request) {
    case .answered(let answer):
      return PostResult(
        status: answer.status, response: String(decoding: answer.body.prefix(Self.responseBytes), as: UTF8.self),
        dialledAddress: answer.dialledAddress, retryAfter: answer.headers["Retry-After"])
    case .failed(let failure):
      if case .egressDenied(let why) = failure.kind {
        log.notice("delivery.denied", ["webhook_id": .string(post.webhook.text), "reason": .string(why.rawValue)])
      }
      return failure.kind == .cancelled ? .cancelled : PostResult(failure)
    case .interrupted: return .interrupted
    case .unreadable: return .unreadable
    }
  }

  private func send(_ request: OutboundRequest) async -> PosterOutcome {
    if let posters, request.url.prefix(6).lowercased() == "https:" { return await posters.send(request) }
    do throws(OutboundFailure) {
      return .answered(try await http.send(request))
    } catch {
      return .failed(error)
    }
  }
}
