import HTTP
import JSON

/// What customers do beside writing texts.
extension ControlAPI {
  func sendSample(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["kind", "about", "text", "to"])
    let members = try SampleMessage.members(
      try body.required("kind"), about: try body.string("about"), text: try body.string("text"))
    return ["id": .string(try world.customers.send("", raw: members, from: phone, to: try body.string("to")))]
  }

  func choose(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["value", "to"])
    try world.customers.choose(try body.required("value"), from: phone, to: try body.string("to"))
    return ["success": true]
  }

  func writeInApp(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["text", "message", "id", "to"])
    var raw: JSONObject?
    if let node = body.node("message") {
      guard case .object(let object) = JSONValue(node), object["type"]?.string != nil else {
        throw ControlFailure("message is an object with a type, as Meta's webhook shows it")
      }
      raw = object
    }
    let text = raw == nil ? try body.required("text") : ""
    let id = try world.customers.writeInApp(
      text, raw: raw, id: try body.string("id"), to: phone, from: try body.string("to"))
    return ["id": .string(id)]
  }

  func callBusiness(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["to"])
    try world.customers.call(from: phone, to: try body.string("to"))
    return ["success": true]
  }

  func changeNumberOfCustomer(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["new", "to"])
    guard let new = PhoneDigits(try body.required("new")) else { throw ControlFailure("new is not a phone number") }
    return ["id": .string(try world.customers.changeNumber(of: phone, to: new, at: try body.string("to")))]
  }
}
