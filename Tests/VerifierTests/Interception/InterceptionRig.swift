import CarrierAPI
import Contracts
import Crypto
import Outbound
import Store
import Synchronization
import Telemetry
import TestSupport
import Transport
import Workers

@testable import Verifier

/// The interceptor on a real database beside a carrier that is played; it can be killed and started again.
final class InterceptionRig: Sendable {
  static let number = "+14155550125"
  static let normal = "https://user:word@shop.example/calls?a=1"
  static let publicURL = "https://verifier.example/here"
  static let voiceURL = publicURL + "/carrier/voice"
  static let sender = SenderID(trusted: "snd_01JD0000000000000000000002")
  static let account = "acc_01JD0000000000000000000000"
  static let verification = VerificationID(trusted: "ver_01JD0000000000000000000000")

  /// What the journal told the rest of the service.
  struct Told: Sendable {
    var armed: [(VerificationID, String?)] = []
    var failed: [(VerificationID, String)] = []
    var alerts: [InterceptionAlert] = []
  }

  private struct Life: Sendable {
    let database: Database
    let loop: EventLoop
    let interceptor: Interceptor
  }

  let directory: TemporaryDirectory
  let carrier: ScriptedCarrier
  let clock = TestClock()
  let keyring: SealingKeyring
  let metrics = Metrics()
  let log = CollectedLines()
  private let tellings = Mutex(Told())
  private let http: HTTPClient
  private let life = Mutex<Life?>(nil)
  private let voiceURL: String?

  init(publicURL: String? = InterceptionRig.publicURL, start: Bool = true) async throws {
    directory = try TemporaryDirectory()
    keyring = try SealingKeyring(keyID: "k1", master: Secret([UInt8](repeating: 7, count: 32)))
    carrier = try await ScriptedCarrier()
    carrier.hold(Self.number)
    carrier.setRoute(
      of: Self.number, ["VoiceUrl": Self.normal, "VoiceMethod": "GET", "VoiceFallbackUrl": "https://late.example/x"])
    http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    voiceURL = publicURL.map { $0 + VoiceEdge.voice }
    if start { try await begin() }
  }

  static func run(
    publicURL: String? = InterceptionRig.publicURL, _ body: (InterceptionRig) async throws -> Void
  ) async throws {
    let rig = try await InterceptionRig(publicURL: publicURL)
    do { try await body(rig) } catch {
      await rig.stop()
      throw error
    }
    await rig.stop()
  }

  var twilio: TwilioCarrier { twilio() }

  func twilio(account: String = ScriptedCarrier.accountSID) -> TwilioCarrier {
    TwilioCarrier(
      client: CarrierClient(
        http: http,
        settings: CarrierSettings(
          baseURL: carrier.url, accountSID: account,
          authToken: Secret(ScriptedCarrier.authToken),
          limits: OutboundLimits(head: .seconds(5), whole: .seconds(5), responseBytes: 256 << 10))),
      publicURL: Self.publicURL, signingTokens: [Secret(ScriptedCarrier.authToken)])
  }

  /// A new life on the same files; one that is not public has lost its `PUBLIC_URL`, `publicURL` is another one.
  func begin(
    with other: (any Carrier)? = nil, finishing limit: Duration = .seconds(8), isPublic: Bool = true,
    hasCarrier: Bool = true, publicURL: String? = nil
  ) async throws {
    let voiceURL = publicURL.map { $0 + VoiceEdge.voice } ?? voiceURL
    let database = try Database(path: directory.file("store.sqlite"), migrations: Schema.migrations)
    let loop = try EventLoop(name: "interceptor")
    let log = Log(service: "verifier", level: .debug, sink: .collecting(into: self.log))
    var hooks = InterceptionHooks()
    hooks.onArmed = { [weak self] _, id, note in self?.tellings.withLock { $0.armed.append((id, note)) } }
    hooks.onArmFailed = { [weak self] _, id, reason in self?.tellings.withLock { $0.failed.append((id, reason.code)) } }
    hooks.alert = { [weak self] _, alert in self?.tellings.withLock { $0.alerts.append(alert) } }
    let interceptor = Interceptor(
      RouteSettler(
        database: database, keyring: keyring, carrier: hasCarrier ? other ?? twilio : nil,
        voiceURL: isPublic ? voiceURL : nil,
        publicURL: isPublic ? publicURL ?? Self.publicURL : nil,
        times: InterceptionTimes(), hooks: hooks, clock: clock.clock, log: log,
        measures: InterceptionMeasures(metrics)), loop: loop)
    life.withLock { $0 = Life(database: database, loop: loop, interceptor: interceptor) }
    try await interceptor.finishJournal(within: limit)
    interceptor.start()
  }

  /// The process is gone: nothing is stored any more, whatever was under way.
  func kill() async {
    let ended = life.withLock { life in
      defer { life = nil }
      return life
    }
    guard let ended else { return }
    ended.database.close()
    await ended.interceptor.stop()
    ended.loop.stop()
  }

  func stop() async {
    await kill()
    http.close()
    await carrier.stop()
  }

  var database: Database {
    get throws {
      guard let life = life.withLock({ $0 }) else { throw TimedOut(waitingFor: "a life", limit: .zero) }
      return life.database
    }
  }

  var interceptor: Interceptor {
    get throws {
      guard let life = life.withLock({ $0 }) else { throw TimedOut(waitingFor: "a life", limit: .zero) }
      return life.interceptor
    }
  }

  var told: Told { tellings.withLock { $0 } }
  var metricsText: String { metrics.render() }

  // MARK: What tests do

  func order(
    _ id: VerificationID = InterceptionRig.verification, for duration: Duration = .seconds(300),
    number: String = InterceptionRig.number
  ) async throws {
    let (now, length) = (clock.now, duration.components.seconds * 1_000)
    try await database.write { connection in
      try connection.orderInterception(
        of: id, sender: Self.sender, account: Self.account, phoneNumber: number, deadline: now + length, now: now)
    }
    try interceptor.wake()
  }

  func giveBack(_ id: VerificationID = InterceptionRig.verification) async throws {
    try await database.write { [now = clock.now] in try $0.giveBack(id, now: now) }
    try interceptor.wake()
  }

  func orderPermanent() async throws {
    try await database.write { [now = clock.now] connection in
      try connection.orderPermanentInterception(
        sender: Self.sender, account: Self.account, phoneNumber: Self.number, now: now)
    }
    try interceptor.wake()
  }

  func row(_ id: VerificationID = InterceptionRig.verification) async throws -> InterceptionRow? {
    try await database.read { try $0.interception(of: id) }
  }

  /// Waits for a state, letting the clock jump where a pause has to pass.
  @discardableResult
  func reach(
    _ state: InterceptionRow.State, _ id: VerificationID = InterceptionRig.verification, jumping jump: Duration = .zero
  ) async throws -> InterceptionRow {
    var last: InterceptionRow?
    try await eventually("the interception to be \(state)") {
      last = try await row(id)
      if last?.state == state { return true }
      clock.advance(by: jump)
      try interceptor.wake()
      return false
    }
    guard let last else { throw TimedOut(waitingFor: "a row", limit: .zero) }
    return last
  }

  /// Waits for the state of the permanent row.
  @discardableResult
  func reachPermanent(_ state: InterceptionRow.State, jumping jump: Duration = .zero) async throws -> InterceptionRow {
    var last: InterceptionRow?
    try await eventually("the permanent interception to be \(state)") {
      last = try await database.read { try $0.lastInterception(.permanent, of: Self.number) }
      if last?.state == state { return true }
      clock.advance(by: jump)
      try interceptor.wake()
      return false
    }
    guard let last else { throw TimedOut(waitingFor: "a row", limit: .zero) }
    return last
  }

  /// Whether the number's calls go where they went at first.
  var isNormal: Bool {
    let route = carrier.route(of: Self.number)
    return route["VoiceUrl"] == Self.normal && route["VoiceMethod"] == "GET"
      && route["VoiceFallbackUrl"] == "https://late.example/x" && (route["VoiceApplicationSid"] ?? "").isEmpty
      && (route["TrunkSid"] ?? "").isEmpty
  }

  /// Whether they come here, with the normal URL behind.
  var isOurs: Bool {
    let route = carrier.route(of: Self.number)
    return route["VoiceUrl"] == Self.voiceURL && route["VoiceMethod"] == "POST"
      && route["VoiceFallbackUrl"] == Self.normal && route["VoiceFallbackMethod"] == "GET"
  }
}
