import Contracts
import HTTP
import Store
import Telemetry
import Transport
import Wire

/// Who a request is from: `Authorization: Bearer wsk_…`.
struct RESTAuthentication: Sendable {
  let database: Database
  let failures: FailedKeys
  let clock: WallClock
  let log: Log

  /// `last_used_at` is written at most once in this time: reading must not become write load.
  private static let touchMilliseconds: Int64 = 60_000

  /// The key that signed the request. All bad keys get one and the same answer: which of them exist is nobody's
  /// business. The look-up is by hash, so its time tells nothing of the key.
  func key(of request: HTTPRequest) async throws -> APIKeyRow {
    let sent = Result { () throws(CallFailure) in try Self.text(of: request) }
    let hash = try? sent.get().hash
    if let wait = failures.wait(request.remote, hash: hash) {
      throw CallFailure.resourceExhausted(
        "TOO_MANY_FAILED_KEYS", "This address has sent too many wrong API keys.", retryAfter: .milliseconds(wait))
    }
    do {
      let text = try sent.get()
      let key = try await key(text, request)
      failures.succeeded(hash: text.hash)
      return key
    } catch let failure as CallFailure where failure.code == .unauthenticated {
      failures.failed(request.remote, hash: hash)
      throw failure
    }
  }

  private static func text(of request: HTTPRequest) throws(CallFailure) -> APIKeyText {
    let headers = request.headers.all("Authorization")
    guard headers.count == 1, let header = headers.first else {
      throw CallFailure.unauthenticated("API_KEY_REQUIRED", "Send Authorization: Bearer wsk_… with one API key.")
    }
    let words = header.split(separator: " ", omittingEmptySubsequences: true)
    guard words.count == 2, words[0].lowercased() == "bearer", let text = APIKeyText(String(words[1])) else {
      throw CallFailure.unauthenticated("API_KEY_MALFORMED", "Send Authorization: Bearer wsk_… with one API key.")
    }
    return text
  }

  private func key(_ text: APIKeyText, _ request: HTTPRequest) async throws -> APIKeyRow {
    let now = clock.now
    let key: APIKeyRow
    do {
      key = try await database.read { try $0.apiKey(hash: text.hash, now: now) }
    } catch let refusal as APIKeyRefusal {
      log.info("api_key.refused", ["why": .string("\(refusal)"), "remote": .string(request.remote.host)])
      if refusal == .accountDisabled {
        throw CallFailure.permissionDenied(
          "ACCOUNT_DISABLED", "The account of this API key was disabled: ask whoever runs this platform.")
      }
      throw CallFailure.unauthenticated("API_KEY_INVALID", "This API key is unknown, expired or revoked.")
    }
    if now - (key.lastUsedAt ?? 0) >= Self.touchMilliseconds { await touch(key.id, now) }
    return key
  }

  private func touch(_ id: APIKeyID, _ now: Int64) async {
    do {
      try await database.write { try $0.touchAPIKey(id, now: now) }
    } catch {
      // The request itself may well be answered from what is stored.
      log.error("api_key.not_touched", ["key": .string(id.text), "error": .failure(error)])
    }
  }
}
