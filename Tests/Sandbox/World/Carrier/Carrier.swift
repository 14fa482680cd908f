import Crypto
import HTTP
import JSON
import Synchronization

/// A telephone carrier with Twilio's REST API, as far as numbers need it: search, buy, read, route, release, calls and
/// their recordings. `CallDesk` plays the calls.
package final class Carrier: Sendable {
  /// Paths that are the carrier's.
  static let prefix = "/2010-04-01/"

  let accountSID: String
  let authToken: Secret
  let state = Mutex(CarrierState())
  package let log = CallLog()
  package let recordings = RecordingShelf()
  private let faults: FaultBook
  private let base = Mutex("")

  init(accountSID: String, authToken: Secret, faults: FaultBook) {
    self.accountSID = accountSID
    self.authToken = authToken
    self.faults = faults
  }

  /// Where the account's recordings are found; known once the world listens.
  func setBaseURL(_ url: String) { base.withLock { $0 = url } }

  func url(ofRecording sid: String) -> String {
    "\(base.withLock { $0 })\(Self.prefix)Accounts/\(accountSID)/Recordings/\(sid)"
  }

  /// The numbers in the account.
  package var numbers: [CarrierNumber] { state.withLock { $0.sorted } }

  /// Purchases and releases carried out so far.
  package var totals: (bought: Int, released: Int) { state.withLock { ($0.bought, $0.released) } }

  /// Puts a number into the account, as somebody does at the carrier's console.
  @discardableResult
  package func hold(_ phone: PhoneDigits, name: String = "by hand") -> CarrierNumber {
    state.withLock { $0.hold(phone, name: name) }
  }

  /// Changes where a number's calls go, by the names of Twilio's form. False when the account has none such.
  package func setRoute(_ fields: [String: String], of phone: PhoneDigits) -> Bool {
    state.withLock { state in
      guard let number = state.number(phone) else { return false }
      return state.update(number.sid) { $0.change(fields) } != nil
    }
  }

  /// Starts or ends a call to a number. False when the account has none such.
  package func setCall(_ isInCall: Bool, to phone: PhoneDigits) -> Bool {
    state.withLock { state in
      guard let number = state.number(phone) else { return false }
      return state.update(number.sid) { $0.isInCall = isInCall } != nil
    }
  }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    do throws(CarrierFailure) {
      let path = request.path.split(separator: "/")
      guard path.count > 3, path[1] == "Accounts", let operation = CarrierOperation(request.method, Array(path[3...]))
      else {
        throw .notFound(request.path)
      }
      try authenticate(request, String(path[2]))
      let door = Door(name: operation.door, faults: faults)
      return await door.pass(
        work: { self.perform(operation, request) }, refusal: { Self.response(CarrierFailure($0)) },
        ignored: { self.pretend(operation, request) })
    } catch {
      return Self.response(error)
    }
  }

  private func authenticate(_ request: HTTPRequest, _ account: String) throws(CarrierFailure) {
    let words = request.headers["authorization"]?.split(separator: " ") ?? []
    guard words.count == 2, words[0].lowercased() == "basic", let given = Base64.decode(String(words[1])),
      constantTimeEquals(given, Array("\(accountSID):".utf8) + authToken.bytes)
    else { throw .authentication }
    guard account == accountSID else { throw .notFound(request.path) }
  }

  private func perform(_ operation: CarrierOperation, _ request: HTTPRequest) -> HTTPResponse {
    let query = Dictionary(PercentCoding.fields(request.head.query ?? "")) { first, _ in first }
    let form = Dictionary(PercentCoding.fields(String(decoding: request.body, as: UTF8.self))) { first, _ in first }
    let size = min(max(Int(query["PageSize"] ?? "50") ?? 50, 1), 1_000)
    do throws(CarrierFailure) {
      switch operation {
      case .search(let country, let type):
        let contains = query["Contains"]
        if let contains, contains.count < 2 { throw CarrierFailure(400, 21451, "Contains is too short") }
        let found = state.withLock {
          $0.search(country: country, type: type, contains: contains, limit: size)
        }
        return .json(["uri": .string(request.path), "available_phone_numbers": .array(found.map(Self.describe))])
      case .list: return list(query, size, request.path)
      case .buy: return .json(describe(try buy(form)), status: 201)
      case .calls: return calls(query, size)
      case .call(let sid): return try readCall(sid)
      case .recordings(let call): return listRecordings(of: call ?? query["CallSid"], size)
      case .recording(let sid): return try readRecording(sid)
      case .recordingFile(let sid): return try recordingFile(sid)
      case .deleteRecording(let sid): return try deleteRecording(sid)
      case .read(let sid): return .json(describe(try known(sid) { $0.numbers[sid] }))
      case .update(let sid):
        return .json(
          describe(
            try known(sid) { state in
              state.update(sid) { $0.change(form) }
            }))
      case .release(let sid):
        _ = try known(sid) { $0.release(sid) ? true : nil }
        return HTTPResponse(status: 204)
      }
    } catch {
      return Self.response(error)
    }
  }

  /// Answers an update as if it had been done: a number that stays as it was.
  private func pretend(_ operation: CarrierOperation, _ request: HTTPRequest) -> HTTPResponse {
    guard case .update(let sid) = operation, var number = state.withLock({ $0.numbers[sid] }) else {
      return perform(operation, request)
    }
    let form = PercentCoding.fields(String(decoding: request.body, as: UTF8.self))
    number.change(Dictionary(form) { first, _ in first })
    return .json(describe(number))
  }

  private func known<Value: Sendable>(
    _ sid: String, _ body: (inout CarrierState) -> Value?
  ) throws(CarrierFailure) -> Value {
    guard let value = state.withLock({ body(&$0) }) else { throw .notFound("/IncomingPhoneNumbers/\(sid).json") }
    return value
  }

  private func buy(_ form: [String: String]) throws(CarrierFailure) -> CarrierNumber {
    guard let phone = PhoneDigits(form["PhoneNumber"] ?? "") else {
      throw CarrierFailure(400, 21421, "PhoneNumber is invalid")
    }
    let result = state.withLock { state -> Result<CarrierNumber, CarrierFailure> in
      do throws(CarrierFailure) {
        return .success(
          try state.buy(
            phone, name: form["FriendlyName"] ?? phone.display, hasAddress: !(form["AddressSid"] ?? "").isEmpty))
      } catch { return .failure(error) }
    }
    return try result.get()
  }

  private func list(_ query: [String: String], _ size: Int, _ path: String) -> HTTPResponse {
    let all = state.withLock { $0.sorted }.filter { number in
      query["PhoneNumber"].map { wanted in number.phone.e164.contains(wanted.filter { $0 != "*" }) } ?? true
    }
    let page = max(Int(query["Page"] ?? "0") ?? 0, 0)
    let rows = all.dropFirst(page * size).prefix(size)
    let hasNext = all.count > (page + 1) * size
    let next = "\(path)?PageSize=\(size)&Page=\(page + 1)&PageToken=PA\(page + 1)"
    return .json([
      "page": .integer(page), "page_size": .integer(size), "next_page_uri": hasNext ? .string(next) : .null,
      "incoming_phone_numbers": .array(rows.map(describe)),
    ])
  }

  private func describe(_ number: CarrierNumber) -> JSONValue {
    var all: JSONObject = [
      "sid": .string(number.sid), "account_sid": .string(accountSID), "friendly_name": .string(number.friendlyName),
      "phone_number": .string(number.phone.e164), "capabilities": ["voice": true, "sms": true, "mms": false],
      "status": "in-use", "origin": "twilio",
    ]
    for (form, answer) in CarrierNumber.fields {
      // Twilio answers null for an application and a trunk that are not set, and an empty text for URLs.
      let value = number.route[form] ?? ""
      all[answer] = value.isEmpty && form.hasSuffix("Sid") ? .null : .string(value)
    }
    return .object(all)
  }

  private static func describe(_ offer: CarrierOffer) -> JSONValue {
    [
      "friendly_name": .string(offer.phone.display), "phone_number": .string(offer.phone.e164),
      "iso_country": .string(offer.country), "region": .null, "locality": .null, "postal_code": .null,
      "address_requirements": .string(offer.addressRequirements), "beta": false,
      "capabilities": ["voice": true, "SMS": true, "MMS": false, "fax": false],
    ]
  }

  private static func response(_ failure: CarrierFailure) -> HTTPResponse {
    var response = HTTPResponse.json(
      [
        "code": .integer(failure.code), "message": .string(failure.message),
        "more_info": .string("https://www.twilio.com/docs/errors/\(failure.code)"),
        "status": .integer(failure.status),
      ], status: failure.status)
    if let seconds = failure.retryAfter { response.headers.set("Retry-After", String(seconds)) }
    return response
  }
}
