import HTTP
import Synchronization
import Transport

/// A small carrier: sells any number once, takes it back, and gives the answers a test has ordered before its own.
package final class ScriptedCarrier: Sendable {
  /// What is answered instead of the usual.
  package enum Answer: Sendable {
    /// The carrier's error object; nothing is done.
    case error(Int, status: Int = 400, retryAfter: Int? = nil)
    /// 200 and no JSON, nothing done: whoever asked cannot know.
    case garbage
    /// As usual, effect included, but the answer is garbage: the answer was lost.
    case lost
    /// As usual, effect included, but answered only once the latch is open.
    case held(Latch)
    /// No usable answer, and the effect comes only once the latch is open: a change that is late.
    case late(Latch)
    /// Answers as if it were done, and does nothing.
    case ignored
    /// 200 with a body of so many bytes, nothing done.
    case bytes(Int)
  }

  /// A number in the carrier's account.
  package struct Number: Sendable, Equatable {
    package var sid: String
    package var phoneNumber: String
    package var friendlyName: String
    package var route: [String: String] = [:]
  }

  private struct State: Sendable {
    var numbers: [Number] = []
    var offers: [String] = []
    var inCall: Set<String> = []
    var ordered: [(name: String, answer: Answer)] = []
    var requests: [String] = []
    var authorizations: Set<String> = []
    var nextSID = 1
    var account = ScriptedCarrier.accountSID
    var hidesRoutes = false
    var recordings: [Recording] = []
    /// Changes that wait for their latch.
    var late: [Task<Void, Never>] = []
  }

  /// A recording the carrier keeps.
  package struct Recording: Sendable, Equatable {
    package var sid: String
    package var callSID: String
    package var audio: [UInt8]
    /// Requests that are answered 404 before the sound is there.
    package var absences: Int
  }

  package static let accountSID = "AC11111111111111111111111111111111"
  package static let authToken = "carrier-token-of-the-test"

  private let loop: EventLoop
  private let server = Mutex<HTTPServer?>(nil)
  private let state = Mutex(State())

  package init() async throws {
    loop = try EventLoop(name: "carrier")
    let server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 64 << 10 },
      handler: { [weak self] request in await self?.answer(request) ?? .text("gone", status: 500) })
    try await server.start()
    self.server.withLock { $0 = server }
  }

  /// `http://127.0.0.1:…`
  package var url: String { "http://127.0.0.1:\(server.withLock { Int($0?.address.port ?? 0) })" }

  /// What a service is told of it.
  package var settings: [String: String] {
    [
      "CARRIER_URL": url, "CARRIER_ACCOUNT_SID": Self.accountSID, "CARRIER_AUTH_TOKEN": Self.authToken,
      "CARRIER_RETRY": "1ms", "CARRIER_TRIES": "4",
    ]
  }

  /// Every request so far, as `POST /IncomingPhoneNumbers`: ids and queries left out.
  package var requests: [String] { state.withLock { $0.requests } }
  package func count(_ request: String) -> Int { requests.count { $0 == request } }
  package var authorizations: Set<String> { state.withLock { $0.authorizations } }
  package var numbers: [Number] { state.withLock { $0.numbers } }

  /// Puts a number into the account, as somebody does at the carrier's console.
  package func hold(_ phoneNumber: String, name: String = "by hand") {
    state.withLock { _ = Self.hold(phoneNumber, name, &$0) }
  }

  /// Offers numbers to searches.
  package func offer(_ phoneNumbers: String...) { state.withLock { $0.offers += phoneNumbers } }

  /// Starts or ends a call to a number.
  package func setCall(_ isInCall: Bool, to phoneNumber: String) {
    state.withLock { state in
      if isInCall { state.inCall.insert(phoneNumber) } else { state.inCall.remove(phoneNumber) }
    }
  }

  /// Where a number's calls go, by the names of the carrier's form; empty for a number that is not there.
  package func route(of phoneNumber: String) -> [String: String] {
    state.withLock { $0.numbers.first { $0.phoneNumber == phoneNumber }?.route ?? [:] }
  }

  /// Changes fields of a number's route, as somebody does at the carrier's console.
  package func setRoute(of phoneNumber: String, _ fields: [String: String]) {
    state.withLock { state in
      guard let index = state.numbers.firstIndex(where: { $0.phoneNumber == phoneNumber }) else { return }
      state.numbers[index].route.merge(fields) { _, new in new }
    }
  }

  /// All numbers are now in another account, as when somebody moves them there: in any other there are none.
  package func move(to account: String) { state.withLock { $0.account = account } }

  /// Whether answers say nothing of where numbers' calls go.
  package func hideRoutes(_ hides: Bool) { state.withLock { $0.hidesRoutes = hides } }

  /// Takes a number out of the account, as somebody does at the carrier's console.
  package func drop(_ phoneNumber: String) {
    state.withLock { $0.numbers.removeAll { $0.phoneNumber == phoneNumber } }
  }

  package var recordings: [Recording] { state.withLock { $0.recordings } }

  /// Keeps a recording, whose sound is there after so many requests for it.
  package func keep(_ audio: [UInt8], as sid: String, of callSID: String, absences: Int = 0) {
    state.withLock { state in
      state.recordings.append(Recording(sid: sid, callSID: callSID, audio: audio, absences: absences))
    }
  }

  /// The next requests of this name get these answers, in this order.
  package func order(_ name: String, _ answers: Answer...) {
    state.withLock { $0.ordered += answers.map { (name, $0) } }
  }

  /// Idempotent: a carrier that has stopped is one that cannot be reached.
  package func stop() async {
    let running = server.withLock { server in
      defer { server = nil }
      return server
    }
    guard let running else { return }
    let late = state.withLock { $0.late }
    for task in late { task.cancel() }
    for task in late { await task.value }
    await running.drain(within: .seconds(1))
    loop.stop()
  }

  private func answer(_ request: HTTPRequest) async -> HTTPResponse {
    let parts = request.path.split(separator: "/").dropFirst(3)
    let head = (parts.first ?? "").split(separator: ".").first.map(String.init) ?? ""
    let name = "\(request.method) /\(head)"
    let ordered = state.withLock { state -> Answer? in
      state.requests.append(name)
      state.authorizations.insert(request.headers["Authorization"] ?? "")
      guard let index = state.ordered.firstIndex(where: { $0.name == name }) else { return nil }
      return state.ordered.remove(at: index).answer
    }
    switch ordered {
    case .error(let code, let status, let retryAfter):
      var response = Self.error(code, "ordered by the test", status)
      if let retryAfter { response.headers.set("Retry-After", String(retryAfter)) }
      return response
    case .garbage: return HTTPResponse(status: 200, bytes: Array("not json".utf8), contentType: "text/html")
    case .lost:
      _ = usual(request, Array(parts))
      return HTTPResponse(status: 200, bytes: Array("not json".utf8), contentType: "text/html")
    case .held(let latch):
      let answer = usual(request, Array(parts))
      do { try await latch.wait(within: .seconds(20), "the test to let \(name) go") } catch {
        return HTTPResponse(status: 500)
      }
      return answer
    case .late(let latch):
      // Owned by the state: `stop` awaits it.
      let task = loop.spawn { [weak self] in
        do { try await latch.wait(within: .seconds(20), "the test to let \(name) happen") } catch { return }
        _ = self?.usual(request, Array(parts))
      }
      state.withLock { $0.late.append(task) }
      return HTTPResponse(status: 200, bytes: Array("not json".utf8), contentType: "text/html")
    case .ignored: return ignored(request, Array(parts))
    case .bytes(let count):
      return HTTPResponse(status: 200, bytes: [UInt8](repeating: 0x20, count: count), contentType: "audio/wav")
    case nil: return usual(request, Array(parts))
    }
  }

  /// Answers an update as if it had been done.
  private func ignored(_ request: HTTPRequest, _ path: [Substring]) -> HTTPResponse {
    let before = state.withLock { $0.numbers }
    let answer = usual(request, path)
    state.withLock { $0.numbers = before }
    return answer
  }

  private func usual(_ request: HTTPRequest, _ path: [Substring]) -> HTTPResponse {
    let query = Dictionary(request.queryItems()?.map { ($0.name, $0.value) } ?? []) { first, _ in first }
    let form = Self.form(request.body)
    return state.withLock { state in
      guard request.path.split(separator: "/").dropFirst(2).first ?? "" == state.account else {
        let isList = request.method == "GET" && path.first == "IncomingPhoneNumbers.json"
        return isList ? Self.list(State(), query) : Self.error(20404, "not in this account", 404)
      }
      switch (request.method, path.first ?? "", path.count) {
      case ("GET", "AvailablePhoneNumbers", 3):
        guard path[2] == "Local.json" else { return Self.error(20404, "no such type", 404) }
        return .json(
          "{\"available_phone_numbers\":[\(state.offers.map { Self.offer($0, String(path[1])) }.joined(separator: ","))]}"
        )
      case ("GET", "IncomingPhoneNumbers.json", 1): return Self.list(state, query)
      case ("POST", "IncomingPhoneNumbers.json", 1):
        let wanted = form["PhoneNumber"] ?? ""
        if state.numbers.contains(where: { $0.phoneNumber == wanted }) {
          return Self.error(21422, "\(wanted) is not available", 400)
        }
        return .json(
          Self.text(Self.hold(wanted, form["FriendlyName"] ?? "", &state), hidesRoute: state.hidesRoutes), status: 201)
      case ("GET", "Calls.json", 1):
        let isBusy = state.inCall.contains(query["To"] ?? "")
        return .json("{\"calls\":[\(isBusy ? "{\"sid\":\"CA1\",\"status\":\"in-progress\"}" : "")]}")
      case ("GET", "Recordings.json", 1):
        let found = state.recordings.filter { $0.callSID == query["CallSid"] }
        return .json("{\"recordings\":[\(found.map(Self.text).joined(separator: ","))]}")
      case (_, "Recordings", 2):
        return Self.recording(request.method, path[1], &state)
      case (_, "IncomingPhoneNumbers", 2):
        let sid = path[1].split(separator: ".").first ?? ""
        guard let index = state.numbers.firstIndex(where: { $0.sid == sid }) else {
          return Self.error(20404, "not found", 404)
        }
        switch request.method {
        case "DELETE":
          state.numbers.remove(at: index)
          return HTTPResponse(status: 204)
        case "POST":
          state.numbers[index].route.merge(form) { _, new in new }
          return .json(Self.text(state.numbers[index], hidesRoute: state.hidesRoutes))
        default: return .json(Self.text(state.numbers[index], hidesRoute: state.hidesRoutes))
        }
      default: return Self.error(20404, "no such resource", 404)
      }
    }
  }

  private static func recording(_ method: String, _ file: Substring, _ state: inout State) -> HTTPResponse {
    let sid = file.split(separator: ".").first ?? ""
    guard let index = state.recordings.firstIndex(where: { $0.sid == sid }) else {
      return error(20404, "not found", 404)
    }
    switch (method, file.hasSuffix(".wav")) {
    case ("DELETE", false):
      state.recordings.remove(at: index)
      return HTTPResponse(status: 204)
    case ("GET", true):
      if state.recordings[index].absences > 0 {
        state.recordings[index].absences -= 1
        return error(20404, "not there yet", 404)
      }
      return HTTPResponse(status: 200, bytes: state.recordings[index].audio, contentType: "audio/x-wav")
    default: return .json(text(state.recordings[index]))
    }
  }

  private static func list(_ state: State, _ query: [String: String]) -> HTTPResponse {
    let all = state.numbers.filter { number in query["PhoneNumber"].map { number.phoneNumber.contains($0) } ?? true }
    let (size, page) = (Int(query["PageSize"] ?? "50") ?? 50, Int(query["Page"] ?? "0") ?? 0)
    let rows = all.dropFirst(page * size).prefix(size).map { text($0, hidesRoute: state.hidesRoutes) }.joined(
      separator: ",")
    let next =
      all.count > (page + 1) * size
      ? "\"/2010-04-01/Accounts/\(accountSID)/IncomingPhoneNumbers.json?PageSize=\(size)&Page=\(page + 1)\"" : "null"
    return .json("{\"incoming_phone_numbers\":[\(rows)],\"next_page_uri\":\(next)}")
  }

  private static func hold(_ phoneNumber: String, _ name: String, _ state: inout State) -> Number {
    let digits = String(state.nextSID)
    let number = Number(
      sid: "PN" + String(repeating: "0", count: 32 - digits.count) + digits, phoneNumber: phoneNumber,
      friendlyName: name)
    state.nextSID += 1
    state.numbers.append(number)
    return number
  }
}
