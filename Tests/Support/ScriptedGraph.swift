import HTTP
package import JSON
import Synchronization
import Transport

/// A small Meta for one number: answers what onboarding and verification ask, keeps the number's state, and gives the
/// answers a test has ordered before its own.
package final class ScriptedGraph: Sendable {
  /// What is answered instead of the usual.
  package enum Answer: Sendable {
    /// Meta's error object.
    case error(Int, String = "(#1) ordered by the test", status: Int = 400, isTransient: Bool = false)
    case body(String, status: Int = 200)
    /// 200 and no JSON: whoever asked cannot know what happened.
    case garbage
    /// As usual, effect included, but the answer is garbage: the answer was lost.
    case lost
    /// As usual, effect included, but answered only once the latch is open.
    case held(Latch)
    /// Held, and then without any effect: the request never arrived.
    case heldError(Latch)

    /// Meta's error object with what it says besides code and message.
    package static func refusal(
      _ code: Int, _ message: String, subcode: Int? = nil, details: String? = nil, title: String? = nil,
      userMessage: String? = nil, status: Int = 400
    ) -> Answer {
      var error: JSONObject = [
        "message": .string(message), "type": "OAuthException", "code": .integer(Int64(code)), "fbtrace_id": "A",
      ]
      if let subcode { error["error_subcode"] = .integer(Int64(subcode)) }
      if let details { error["error_data"] = ["messaging_product": "whatsapp", "details": .string(details)] }
      if let title { error["error_user_title"] = .string(title) }
      if let userMessage { error["error_user_msg"] = .string(userMessage) }
      return .body(
        String(decoding: (try? JSONCoder.encode(JSONValue.object(["error": .object(error)]))) ?? [], as: UTF8.self),
        status: status)
    }
  }

  /// What Meta knows.
  package struct World: Sendable {
    package var appID = "4711"
    package var wabaID = "1029"
    package var numberID = "1065"
    package var digits = "14155550123"
    package var status = "PENDING"
    package var verification = "VERIFIED"
    package var code = "123456"
    package var token = "EAAG-business-token-of-the-test"
    package var scopes = ["whatsapp_business_management", "whatsapp_business_messaging"]
    package var grantedWABAs = ["1029"]
    /// Whether the WABA has the number already.
    package var hasNumber = true
    /// Whether the number lives in the WhatsApp Business app.
    package var isOnBizApp = false
    package var isSubscribed = false
    package var overrideURL: String?
    /// What pays for the WABA.
    package var fundingID: String?
    /// The body of the last request that added a number.
    package var addition: JSONValue?
    package var pin: String?
    package var quality = "GREEN"
    package var limit = "TIER_250"
    package var throughput = "STANDARD"
    package var nameStatus = "APPROVED"
    /// JSON of `health_status`; none when empty.
    package var health = ""
    /// Error code of a token that every read is refused with.
    package var refusal: Int?
    /// The partner's portfolio, and its pool of pre-verified numbers.
    package var partnerID = "88"
    package var pool: [PoolEntry] = []
    package var profile = ScriptedProfile()
  }

  /// A number in the partner's pool.
  package struct PoolEntry: Sendable {
    package var id: String
    package var digits: String
    package var status = "NOT_VERIFIED"
    /// Meta's text.
    package var expiry: String?

    package init(id: String, digits: String, status: String = "NOT_VERIFIED", expiry: String? = nil) {
      self.id = id
      self.digits = digits
      self.status = status
      self.expiry = expiry
    }
  }

  private struct State: Sendable {
    var world = World()
    var ordered: [(path: String, answer: Answer)] = []
    var requests: [String] = []
  }

  private let loop: EventLoop
  private let server = Mutex<HTTPServer?>(nil)
  private let state = Mutex(State())

  package init() async throws {
    loop = try EventLoop(name: "graph")
    let server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 6 << 20 },
      handler: { [weak self] request in await self?.answer(request) ?? .text("gone", status: 500) })
    try await server.start()
    self.server.withLock { $0 = server }
  }

  /// `http://127.0.0.1:…`
  package var url: String { "http://127.0.0.1:\(server.withLock { Int($0?.address.port ?? 0) })" }

  /// Every request so far: method and path without version, tokens and queries left out.
  package var requests: [String] { state.withLock { $0.requests } }

  /// How often a method and path were asked for.
  package func count(_ request: String) -> Int { requests.count { $0 == request } }

  package var world: World { state.withLock { $0.world } }

  /// Changes what Meta knows.
  package func change(_ body: (inout World) -> Void) { state.withLock { body(&$0.world) } }

  /// The next requests whose method and path is `path` (`POST /1065/register`) get these answers, in this order.
  package func order(_ path: String, _ answers: Answer...) {
    state.withLock { $0.ordered += answers.map { (path, $0) } }
  }

  /// Idempotent: a graph that has stopped is one that cannot be reached.
  package func stop() async {
    let running = server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let running else { return }
    await running.drain(within: .seconds(1))
    loop.stop()
  }

  private func answer(_ request: HTTPRequest) async -> HTTPResponse {
    let path = "/" + request.path.split(separator: "/").dropFirst().joined(separator: "/")
    let name = request.method + " " + path
    let ordered = state.withLock { state -> Answer? in
      state.requests.append(name)
      guard let index = state.ordered.firstIndex(where: { $0.path == name }) else { return nil }
      return state.ordered.remove(at: index).answer
    }
    switch ordered {
    case .error(let code, let message, let status, let isTransient):
      return json(
        """
        {"error":{"message":"\(message)","type":"OAuthException","code":\(code),"is_transient":\(isTransient),\
        "fbtrace_id":"A"}}
        """, status)
    case .body(let body, let status): return json(body, status)
    case .garbage: return json("not json", 200)
    case .lost:
      _ = usual(request, name)
      return json("not json", 200)
    case .held(let latch):
      let answer = usual(request, name)
      do { try await latch.wait(within: .seconds(20), "the test to let \(name) go") } catch {
        return json("not json", 500)
      }
      return answer
    case .heldError(let latch):
      do { try await latch.wait(within: .seconds(20), "the test to let \(name) go") } catch {}
      return json("not json", 500)
    case nil: return usual(request, name)
    }
  }

  private func usual(_ request: HTTPRequest, _ name: String) -> HTTPResponse {
    state.withLock { state in
      let world = state.world
      let query = Dictionary(request.queryItems()?.map { ($0.name, $0.value) } ?? []) { first, _ in first }
      switch name {
      case "GET /oauth/access_token":
        return json("{\"access_token\":\"\(world.token)\",\"token_type\":\"bearer\"}", 200)
      case "GET /debug_token":
        let wabas = world.grantedWABAs.map { "\"\($0)\"" }.joined(separator: ",")
        let scopes = world.scopes.map { "\"\($0)\"" }.joined(separator: ",")
        return json(
          """
          {"data":{"app_id":"\(world.appID)","is_valid":true,"scopes":[\(scopes)],"granular_scopes":[\
          {"scope":"whatsapp_business_management","target_ids":[\(wabas)]}]}}
          """, 200)
      case "GET /\(world.wabaID)/subscribed_apps": return json(subscriptions(world), 200)
      case "POST /\(world.wabaID)/subscribed_apps":
        state.world.isSubscribed = true
        let body = try? JSONDocument(parsing: request.body)
        state.world.overrideURL = body?.root["override_callback_uri"]?.string
        return json("{\"success\":true}", 200)
      case "GET /\(world.wabaID)":
        let funding = world.fundingID.map { ",\"primary_funding_id\":\"\($0)\"" } ?? ""
        return json("{\"id\":\"\(world.wabaID)\",\"currency\":\"USD\"\(funding)}", 200)
      case "POST /8888/whatsapp_credit_sharing_and_attach":
        state.world.fundingID = "5005"
        return json("{\"allocation_config_id\":\"5001\",\"waba_id\":\"\(world.wabaID)\"}", 200)
      case "GET /\(world.wabaID)/phone_numbers":
        return json("{\"data\":[\(world.hasNumber ? number(world) : "")]}", 200)
      case "POST /\(world.wabaID)/phone_numbers":
        state.world.hasNumber = true
        state.world.addition = try? JSONValue(parsing: request.body)
        return json("{\"id\":\"\(world.numberID)\"}", 200)
      case "GET /\(world.numberID)":
        if let code = world.refusal {
          return json("{\"error\":{\"message\":\"refused\",\"code\":\(code)}}", code == 190 ? 401 : 400)
        }
        return json(number(world), 200)
      case "POST /\(world.numberID)/request_code": return json("{\"success\":true}", 200)
      case "POST /\(world.numberID)/verify_code":
        guard query["code"] == world.code else {
          return json("{\"error\":{\"message\":\"(#136025) wrong code\",\"code\":136025}}", 400)
        }
        state.world.verification = "VERIFIED"
        return json("{\"success\":true}", 200)
      case "POST /\(world.numberID)/register":
        state.world.status = "CONNECTED"
        state.world.profile.registered()
        state.world.pin = (try? JSONDocument(parsing: request.body))?.root["pin"]?.string
        return json("{\"success\":true}", 200)
      case "POST /\(world.partnerID)/add_phone_numbers":
        let digits = query["phone_number"] ?? ""
        guard !world.pool.contains(where: { $0.digits == digits }) else {
          return json("{\"error\":{\"message\":\"(#100) in use\",\"code\":100}}", 400)
        }
        let id = "50\(world.pool.count + 1)"
        state.world.pool.append(PoolEntry(id: id, digits: digits))
        return json("{\"id\":\"\(id)\"}", 200)
      case "GET /\(world.partnerID)/preverified_numbers":
        return json("{\"data\":[\(world.pool.map(entry).joined(separator: ","))]}", 200)
      case "POST /\(world.numberID)":
        state.world.profile.newName = query["new_display_name"]
        state.world.profile.newNameStatus = "PENDING_REVIEW"
        return json("{\"success\":true}", 200)
      default:
        if let index = world.pool.firstIndex(where: { name == "DELETE /\($0.id)" }) {
          state.world.pool.remove(at: index)
          return json("{\"success\":true}", 200)
        }
        if let (text, status) = state.world.profile.answer(request, name, world) { return json(text, status) }
        return json("{\"error\":{\"message\":\"Unsupported request\",\"code\":100}}", 400)
      }
    }
  }

  private func subscriptions(_ world: World) -> String {
    guard world.isSubscribed else { return "{\"data\":[]}" }
    let override = world.overrideURL.map { ",\"override_callback_uri\":\"\($0)\"" } ?? ""
    return "{\"data\":[{\"whatsapp_business_api_data\":{\"id\":\"\(world.appID)\",\"name\":\"App\"}\(override)}]}"
  }

  private func entry(_ entry: PoolEntry) -> String {
    """
    {"id":"\(entry.id)","phone_number":"\(entry.digits)","code_verification_status":"\(entry.status)",\
    "verification_expiry_time":\(entry.expiry.map { "\"\($0)\"" } ?? "null")}
    """
  }

  private func number(_ world: World) -> String {
    """
    {"id":"\(world.numberID)","display_phone_number":"+\(world.digits)",\(world.profile.nameMembers),\
    "code_verification_status":"\(world.verification)","status":"\(world.status)","quality_rating":"\(world.quality)",\
    "is_on_biz_app":\(world.isOnBizApp),"throughput":{"level":"\(world.throughput)"},\
    "whatsapp_business_manager_messaging_limit":"\(world.limit)",\
    "name_status":"\(world.nameStatus)"\(world.health.isEmpty ? "" : ",\"health_status\":" + world.health)}
    """
  }

  private func json(_ text: String, _ status: Int) -> HTTPResponse {
    HTTPResponse(status: status, bytes: Array(text.utf8), contentType: "application/json")
  }
}
