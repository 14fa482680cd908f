import Crypto
import JSON
import Synchronization
import Telemetry

/// Meta's Graph API as far as senders need it: onboarding, numbers, profile, messages.
package final class MetaGraph: Sendable {
  let app: MetaApp
  let state: Mutex<MetaState>
  let phones: PhoneBook
  let ledger: Ledger
  let webhooks: MetaWebhooks
  let partner: MetaPartner
  let clock: WallClock
  let media = MediaShelf()
  /// Requests read, by method and door.
  private let calls = Mutex<[String: Int]>([:])
  /// Messages per second and number; zero for no limit.
  let throughput: Int
  /// Places the call that tells a code.
  private let callOut: @Sendable (_ code: String, _ phone: PhoneDigits) -> Void

  init(
    app: MetaApp, phones: PhoneBook, ledger: Ledger, webhooks: MetaWebhooks, partner: MetaPartner,
    clock: WallClock, throughput: Int, windowLimit: Int,
    callOut: @escaping @Sendable (_ code: String, _ phone: PhoneDigits) -> Void
  ) {
    state = Mutex(MetaState(windowLimit: windowLimit))
    self.app = app
    self.phones = phones
    self.ledger = ledger
    self.webhooks = webhooks
    self.partner = partner
    self.clock = clock
    self.throughput = throughput
    self.callOut = callOut
  }

  func tell(_ code: String, to phone: PhoneDigits) { callOut(code, phone) }

  func operation(of call: GraphCall) -> GraphOperation? {
    let operation = GraphOperation(
      call.method, call.segments, isAccount: { id in state.withLock { $0.accounts[id] != nil } },
      isInPool: { id in state.withLock { $0.pool[id] != nil } },
      isTemplate: { id in state.withLock { $0.templates[id] != nil } })
    // The same path as a new PIN.
    if case .number(let id) = operation, call.method == "POST", call.text("new_display_name") != nil {
      return .name(id: id)
    }
    return operation
  }

  /// Carries out a call; messages go through `MessageDesk`.
  func answer(_ call: GraphCall, as operation: GraphOperation) async -> GraphReply {
    do throws(GraphError) {
      switch operation {
      case .exchangeCode: return try exchangeCode(call)
      case .debugToken: return try debugToken(call)
      case .subscribedApps(let id): return try await subscribedApps(call, id)
      case .phoneNumbers(let id): return try phoneNumbers(call, id)
      case .account(let id): return try account(call, id)
      case .shareCredit: return try shareCredit(call)
      case .number(let id): return try call.method == "GET" ? readNumber(call, id) : changeNumber(call, id)
      case .requestCode(let id): return try requestCode(call, id)
      case .verifyCode(let id): return try verifyCode(call, id)
      case .register(let id): return try register(call, id)
      case .deregister(let id): return try deregister(call, id)
      case .name(let id): return try requestName(call, id)
      case .startUpload(let id): return try startUpload(call, id)
      case .upload(let id): return try call.method == "GET" ? readUpload(call, id) : upload(call, id)
      case .templates(let id):
        switch call.method {
        case "POST": return try createTemplate(call, id)
        case "DELETE": return try deleteTemplates(call, id)
        default: return try listTemplates(call, id)
        }
      case .template(let id): return try call.method == "GET" ? readTemplate(call, id) : editTemplate(call, id)
      case .unpauseTemplate(let id): return try unpauseTemplate(call, id)
      case .profile(let id): return try call.method == "GET" ? readProfile(call, id) : changeProfile(call, id)
      case .addToPool(let id): return try addToPool(call, id)
      case .listPool(let id): return try listPool(call, id)
      case .poolEntry(let id): return try readPoolEntry(call, id)
      case .deletePoolEntry(let id): return try deletePoolEntry(call, id)
      case .poolPartners(let id): return try poolPartners(call, id)
      case .messages: throw GraphError.ordered(131000, Fault.Parameters())
      }
    } catch {
      return GraphReply(error)
    }
  }

  /// Counts a request that was read, whatever comes of it.
  func count(_ method: String, _ door: String) { calls.withLock { $0["\(method) \(door)", default: 0] += 1 } }

  /// How often a request was read: `POST graph.register`.
  package func count(of request: String) -> Int { calls.withLock { $0[request] ?? 0 } }

  /// The account a call names, if its token covers it.
  func account(_ id: String, for call: GraphCall) throws(GraphError) -> MetaAccount {
    let now = clock.now
    return try locked { (state) throws(GraphError) in
      let token = try state.token(call.token, now: now)
      guard let account = state.account(id, for: token) else { throw GraphError.unknownObject(call.method, id) }
      return account
    }
  }

  /// The number a call names, if its token covers it.
  func number(_ id: String, for call: GraphCall) throws(GraphError) -> MetaNumber {
    let now = clock.now
    return try locked { (state) throws(GraphError) in
      let token = try state.token(call.token, now: now)
      guard let number = state.number(id, for: token) else { throw GraphError.unknownObject(call.method, id) }
      return number
    }
  }

  /// `Mutex.withLock` with its typed error kept.
  func locked<Value: Sendable>(
    _ body: (inout MetaState) throws(GraphError) -> Value
  ) throws(GraphError) -> Value {
    let result = state.withLock { state -> Result<Value, GraphError> in
      do throws(GraphError) { return .success(try body(&state)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
