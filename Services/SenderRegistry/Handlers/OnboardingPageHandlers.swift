import Contracts
import Crypto
import HTTP
import JSON
import Store
import Telemetry
import Wire

/// The page behind an onboarding link. Its token is all the authority there is, and all it opens is one sender.
struct OnboardingPageHandlers: Sendable {
  /// Unknown tokens that an address may try, per second and at once.
  static let triesPerSecond = 1
  static let triesAtOnce = 20
  /// How long the steps of a link that was used may still be watched.
  static let watchedMilliseconds: Int64 = 86_400_000

  let database: Database
  let onboarding: OnboardingHandlers
  let signupEvents: SignupEventHandlers
  let page: OnboardingPage
  let checklist: Checklist
  let tries: RateLimiter<[UInt8]>
  let audit: AuditTrail
  let clock: WallClock
  let log: Log

  /// A link with the sender it opens.
  private struct Opened {
    let link: OnboardingLinkRow
    let sender: SenderRow
    let tokenHash: [UInt8]
  }

  /// What a person sees: the page, or why there is none.
  func show(_ request: RawRequest) async throws -> HTTPResponse {
    do {
      let now = clock.now
      let opened = try await open(request)
      let state = opened.link.state(now: now)
      guard state == .active else { return page.gone(state) }
      return page.page(
        sender: opened.sender, token: request.http.pathParameters["token"] ?? "",
        requirements: checklist.items(opened.sender.origin))
    } catch let failure as CallFailure where failure.code == .notFound {
      return page.unknown()
    } catch let failure as CallFailure where failure.code == .resourceExhausted {
      return page.tooMany()
    }
  }

  /// The steps, while the link is open and for a day after it was used.
  func status(_ request: RawRequest) async throws -> HTTPResponse {
    let opened = try await open(request)
    let now = clock.now
    if let usedAt = opened.link.usedAt {
      guard now - usedAt < Self.watchedMilliseconds else { throw Self.gone(.used) }
    } else {
      try Self.requireActive(opened.link, now: now)
    }
    return try await database.read { try progress(opened.sender.id, $0, status: 200) }
  }

  /// Hands in what the popup returned. The link is spent in the transaction that starts the onboarding.
  func connect(_ request: RawRequest) async throws -> HTTPResponse {
    let opened = try await open(request)
    let body = try decode(Connect.self, request)
    let call = SenderRegistryAPI.ConnectSender(
      id: opened.sender.id, code: body.code, wabaID: body.wabaID, phoneNumberID: body.phoneNumberID,
      businessID: body.businessID, event: body.event)
    try onboarding.check(call)
    let sealedCode = onboarding.seal(call)
    let now = clock.now
    try Self.requireActive(opened.link, now: now)
    // Nobody's key is behind it: the entry names the link.
    let wish = AuditTrail.Wish(
      method: SenderRegistryAPI.onboardingConnect.name, targets: [opened.sender.id.text, opened.link.id.text],
      request: request.http.body)
    let actor = AuditTrail.Actor(id: opened.link.id.text, account: opened.link.accountID)
    let response = try await audit.record(wish, by: actor, requestID: request.context.trace?.traceID) {
      try await spend(opened, call, sealedCode, now: now)
    } outcome: {
      AuditTrail.Outcome(status: $0.status)
    }
    log.info(
      "onboarding_link.used", ["link": .string(opened.link.id.text), "sender": .string(opened.sender.id.text)])
    return response
  }

  private func spend(
    _ opened: Opened, _ call: SenderRegistryAPI.ConnectSender, _ sealedCode: String, now: Int64
  ) async throws -> HTTPResponse {
    try await database.write { connection in
      // Looked at again where nobody else can: the link works once.
      guard let link = try connection.onboardingLink(tokenHash: opened.tokenHash),
        let sender = try connection.sender(link.senderID, account: link.accountID)
      else { throw Self.notFound }
      try Self.requireActive(link, now: now)
      _ = try onboarding.begin(call, sealedCode, sender, connection, now: now)
      try connection.useOnboardingLink(link.id, now: now)
      return try progress(sender.id, connection, status: 202)
    }
  }

  /// Records that the popup did not finish. The link stays open.
  func event(_ request: RawRequest) async throws -> HTTPResponse {
    let opened = try await open(request)
    let body = try decode(Event.self, request)
    let now = clock.now
    let event = SignupEventHandlers.event(
      SenderRegistryAPI.RecordSignupEvent(
        id: opened.sender.id, event: body.event, currentStep: body.currentStep, errorMessage: body.errorMessage,
        errorCode: body.errorCode, sessionID: body.sessionID, version: body.version), now: now)
    return try await database.write { connection in
      guard let link = try connection.onboardingLink(opened.link.id, account: opened.link.accountID) else {
        throw Self.notFound
      }
      try Self.requireActive(link, now: now)
      try signupEvents.store(event, connection, now: now)
      return try progress(opened.sender.id, connection, status: 201)
    }
  }

  // MARK: Tokens

  /// The link of the path's token. An unknown one costs its address a try; who has a good one is never kept out by
  /// what others behind the same proxy try.
  private func open(_ request: RawRequest) async throws -> Opened {
    let found: Opened?
    if let token = OnboardingToken(request.http.pathParameters["token"] ?? "") {
      found = try await database.read { connection in
        guard let link = try connection.onboardingLink(tokenHash: token.hash),
          let sender = try connection.sender(link.senderID, account: link.accountID)
        else { return nil }
        return Opened(link: link, sender: sender, tokenHash: token.hash)
      }
    } else {
      found = nil
    }
    guard let found else {
      if let wait = tries.take(FailedKeys.origin(request.http.remote)) {
        throw CallFailure.resourceExhausted(
          "TOO_MANY_TRIES", "This address has tried too many links.", retryAfter: .milliseconds(wait))
      }
      throw Self.notFound
    }
    return found
  }

  private static let notFound = CallFailure.notFound("LINK_NOT_FOUND", "There is no such link.")

  private static func gone(_ state: OnboardingLink.State) -> CallFailure {
    .failedPrecondition("LINK_\(state.rawValue.uppercased())", "This link is \(state.rawValue): ask for a new one.")
  }

  private static func requireActive(_ link: OnboardingLinkRow, now: Int64) throws(CallFailure) {
    let state = link.state(now: now)
    if state != .active { throw gone(state) }
  }

  // MARK: Bodies and answers

  private struct Connect: Codable {
    var code: String
    var wabaID: String
    var phoneNumberID: String?
    var businessID: String?
    var event: SignupFinish?
  }

  private struct Event: Codable {
    var event: SignupEvent.Kind
    var currentStep: String?
    var errorMessage: String?
    var errorCode: String?
    var sessionID: String?
    var version: String?
  }

  private func decode<Value: Codable>(_ type: Value.Type, _ request: RawRequest) throws(CallFailure) -> Value {
    do throws(JSONDecodingFailure) {
      return try JSONCoder.decode(type, from: request.http.body)
    } catch {
      throw .invalidArgument("BODY_INVALID", "the body: \(error)")
    }
  }

  private func progress(_ id: SenderID, _ connection: Connection, status: Int) throws -> HTTPResponse {
    guard let sender = try connection.sender(id) else { throw Self.notFound }
    var steps = try connection.onboarding(id).map { try connection.steps(id, attempt: $0.attempt) } ?? []
    // What came of a step is for the business: it may name the operator's addresses.
    for index in steps.indices { steps[index].result = nil }
    let progress = OnboardingProgress(
      phoneNumber: sender.phoneNumber, displayName: sender.displayName, status: sender.condition.status,
      reasons: sender.condition.reasons, steps: steps)
    return HTTPResponse(status: status, bytes: try JSONCoder.encode(progress), contentType: "application/json")
  }
}
