import JSON

/// A request made from an operation's description alone.
struct APIRequest: Sendable {
  /// A path parameter that nobody knows a value for: a new kind of call needs a word here.
  struct Unfilled: Error, CustomStringConvertible {
    let description: String
  }

  let operation: APIOperation
  /// With its query.
  var path: String
  var body: JSONValue?
  /// The places that were filled with an identifier.
  let slots: [APIOperation.Slot]

  /// Fills identifiers by `identifier`, all else by the description's examples. A member that the example leaves out
  /// stays out, but for `extra`: it then stands beside the required ones alone, since optional ones may exclude each
  /// other, and `beside` what it makes no sense without. Throws `Unfilled` for a place in the path or a required one that stays empty.
  init(
    _ operation: APIOperation, extra: APIOperation.Slot? = nil, beside: JSONObject = [:],
    identifier: (APIOperation.Slot) -> String?
  ) throws {
    self.operation = operation
    var path = operation.path
    var query: [String] = []
    var body = operation.body?.object
    if let extra, extra.place == "body" {
      for name in body?.keys ?? [] where !operation.required.contains(name) { body?[name] = nil }
      for member in beside.members { body?[member.key] = member.value }
      body?[extra.name] = ""
    }
    var used: [APIOperation.Slot] = []
    for slot in operation.slots {
      if slot.place == "body", body?[slot.name] == nil { continue }
      guard let id = identifier(slot) else {
        if slot.place == "path" || body?[slot.name] != nil {
          throw Unfilled(description: "\(operation.id): no \(slot.prefix)_… is known for \(slot.name)")
        }
        continue
      }
      used.append(slot)
      switch slot.place {
      case "path": path.replace("{\(slot.name)}", with: id)
      case "query": query.append("\(slot.name)=\(id)")
      default: body?[slot.name] = slot.isList ? [.string(id)] : .string(id)
      }
    }
    if path.contains("{") { throw Unfilled(description: "\(operation.id): \(path) cannot be filled") }
    for parameter in operation.parameters where parameter.place == "query" && parameter.isRequired {
      if !operation.slots.contains(where: { $0.place == "query" && $0.name == parameter.name }) {
        query.append("\(parameter.name)=\(parameter.example.string ?? "\(parameter.example)")")
      }
    }
    slots = used
    self.path = path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    self.body = body.map { .object($0) }
  }

  /// Adds a parameter to the query.
  func adding(_ item: String) -> APIRequest {
    var request = self
    request.path += (path.contains("?") ? "&" : "?") + item
    return request
  }

  /// Everything that was said: what comes back of it is no secret.
  var text: String { path + " " + (body.map { "\($0)" } ?? "") }
}
