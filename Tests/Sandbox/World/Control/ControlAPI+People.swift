import HTTP
import JSON
import Synchronization
import Telemetry

/// Customers, owners and businesses.
extension ControlAPI {
  func signUp(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request, ["phone_number", "display_name", "verified", "number", "coexistence", "pin", "scopes"])
    let hasNumber = try body.string("number") ?? "existing"
    guard hasNumber == "existing" || hasNumber == "none" else { throw ControlFailure("number is existing or none") }
    var phone: PhoneDigits?
    if hasNumber == "existing" {
      phone = PhoneDigits(try body.required("phone_number"))
      if phone == nil { throw ControlFailure("phone_number is not a phone number") }
    }
    let name = try body.string("display_name") ?? "Sandbox Business"
    var scopes: [String]?
    if let node = body.node("scopes") {
      var names: [String] = []
      node.forEachElement { names.append($0.string ?? "") }
      scopes = names
    }
    let signup = try world.signUp(
      phone: phone, name: name, isVerified: try body.bool("verified") ?? true,
      isCoexistence: try body.bool("coexistence") ?? false, pin: try body.string("pin"), scopes: scopes)
    return [
      "event": .string(signup.event), "code": .string(signup.code),
      "waba_id": .string(signup.wabaID), "phone_number_id": .optional(signup.phoneNumberID),
      "business_id": .string(signup.businessID),
    ]
  }

  func repeatSignup(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    _ = try ControlBody(request, [])
    return ["code": .string(try world.repeatSignup(wabaID: request.pathParameters["waba"] ?? ""))]
  }

  func expireCodes(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    _ = try ControlBody(request, [])
    return ["expired": .integer(Int64(world.expireCodes()))]
  }

  func limitCodes(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    guard let count = try ControlBody(request, ["requests_per_hour"]).integer("requests_per_hour") else {
      throw ControlFailure("requests_per_hour is required")
    }
    try world.limitCodes(requestsPerHour: count)
    return ["requests_per_hour": .integer(count)]
  }

  func decide(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["number_cap", "locked", "restricted"])
    try world.decide(
      request.pathParameters["waba"] ?? "", numberCap: try body.integer("number_cap"),
      isLocked: try body.bool("locked"),
      isRestricted: try body.bool("restricted"))
    return ["success": true]
  }

  func setOnWhatsApp(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    world.setOnWhatsApp(try ControlBody(request, ["on"]).bool("on") ?? true, phone)
    return ["success": true]
  }

  func expireTokens(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["waba_id", "token"])
    let account = try body.string("waba_id")
    let token = try body.string("token")
    return ["expired": .integer(world.expireTokens(wabaID: account, token: token))]
  }

  func numbers(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let (numbers, accounts) = world.graph.state.withLock { ($0.numbers, $0.accounts) }
    let rows = numbers.values.sorted { $0.id < $1.id }.map { number -> JSONValue in
      [
        "phone_number_id": .string(number.id), "waba_id": .string(number.wabaID),
        "phone_number": .string(number.phone.e164), "verified_name": .string(number.verifiedName),
        "status": .string(number.status), "verified": .bool(number.isVerified),
        "subscribed": .bool(accounts[number.wabaID]?.subscription != nil),
      ]
    }
    return ["numbers": .array(rows)]
  }

  func changePhone(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["name", "on_whatsapp", "read_receipts", "hides_number"])
    let name = try body.string("name")
    let isOnWhatsApp = try body.bool("on_whatsapp")
    let readReceipts = try body.bool("read_receipts")
    let hidesNumber = try body.bool("hides_number")
    world.phones.update(phone) { phone in
      if let name { phone.name = name }
      if let isOnWhatsApp { phone.isOnWhatsApp = isOnWhatsApp }
      if let readReceipts { phone.sendsReadReceipts = readReceipts }
      if let hidesNumber { phone.hidesNumber = hidesNumber }
    }
    return ["success": true]
  }

  func sendMessage(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["text", "message", "to"])
    let business = try body.string("to")
    var raw: JSONObject?
    if let node = body.node("message") {
      guard case .object(let object) = JSONValue(node), object["type"]?.string != nil else {
        throw ControlFailure("message is an object with a type, as Meta's webhook shows it")
      }
      raw = object
    }
    let text = raw == nil ? try body.required("text") : try body.string("text") ?? ""
    let id = try world.customers.send(text, raw: raw, from: phone, to: business)
    return ["id": .string(id)]
  }

  func closeWindow(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["to"])
    try world.customers.closeWindow(of: try Self.phone(request), to: try body.string("to"))
    return ["success": true]
  }

  func inbox(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let messages = world.phones[try Self.phone(request)].inbox.map { message -> JSONValue in
      [
        "id": .string(message.id), "from": .string(message.from.e164), "type": .string(message.type),
        "text": .string(message.text), "content": message.content ?? .null,
        "biz_opaque_callback_data": .optional(message.callbackData),
        "at": .string(RFC3339.format(milliseconds: message.at)),
      ]
    }
    return ["messages": .array(messages)]
  }

  func sms(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    ["messages": Self.notes(world.phones[try Self.phone(request)].sms)]
  }

  func calls(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    ["calls": Self.notes(world.phones[try Self.phone(request)].calls)]
  }

  private static func notes(_ notes: [Phone.Note]) -> JSONValue {
    .array(notes.map { ["text": .string($0.text), "at": .string(RFC3339.format(milliseconds: $0.at))] })
  }

  func burst(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["count", "customers", "text_prefix", "concurrency", "to"])
    guard let count = try body.integer("count") else { throw ControlFailure("count is required") }
    let prefix = try body.string("text_prefix") ?? "message"
    let customers = try body.integer("customers")
    let business = try body.string("to")
    if let concurrency = try body.integer("concurrency") {
      var habits = await world.webhooks.currentHabits()
      habits.concurrency = concurrency
      try habits.check()
      await world.webhooks.setHabits(habits)
    }
    try await world.customers.burst(count: count, prefix: prefix, customers: customers, to: business)
    return ["sent": .integer(count)]
  }

  func setSecret(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["secret"])
    try world.receipts.setSecret(try body.required("secret"), of: request.pathParameters["name"] ?? "")
    return ["success": true]
  }

  func receipts(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let (limit, after) = try Self.page(try Self.query(request, ["limit", "after"]))
    let all = world.receipts.receipts(of: request.pathParameters["name"] ?? "")
    let page = all.dropFirst(after).prefix(limit).map { receipt -> JSONValue in
      let body = try? JSONValue(parsing: Array(receipt.body.utf8))
      return [
        "event_id": .string(receipt.eventID), "verified": .bool(receipt.isVerified),
        "problem": .optional(receipt.problem), "repeats": .integer(receipt.repeats),
        "at": .string(RFC3339.format(milliseconds: receipt.at)), "body": body ?? .string(receipt.body),
      ]
    }
    return [
      "total": .integer(all.count), "receipts": .array(page),
      "next": after + limit < all.count ? .integer(after + limit) : .null,
    ]
  }

  func changeModel(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(request, ["reply_prefix"])
    if let prefix = try body.string("reply_prefix") { world.model.prefix = prefix }
    return ["reply_prefix": .string(world.model.prefix)]
  }

  func modelRequests(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    ["requests": .array(world.model.requests)]
  }
}
