import HTTP
import JSON

/// The JSON object of an order, read with errors that name the member.
struct ControlBody {
  private let root: JSONNode?

  /// Members not in `members` are refused: a misspelt one must not pass silently.
  init(_ request: HTTPRequest, _ members: Set<String>) throws(ControlFailure) {
    if request.body.isEmpty {
      root = nil
      return
    }
    do throws(JSONFailure) {
      root = try JSONDocument(parsing: request.body).root
    } catch {
      throw ControlFailure("the body is not JSON: \(error)")
    }
    try Self.check(root, members, "the body")
  }

  private init(_ root: JSONNode?) { self.root = root }

  private static func check(_ node: JSONNode?, _ members: Set<String>, _ what: String) throws(ControlFailure) {
    guard let node else { return }
    guard node.kind == .object else { throw ControlFailure("\(what) must be a JSON object") }
    var unknown: String?
    node.forEachMember { key, _ in if !members.contains(key) { unknown = key } }
    if let unknown {
      throw ControlFailure("\(what) has no member \"\(unknown)\"; it knows \(members.sorted().joined(separator: ", "))")
    }
  }

  func node(_ name: String) -> JSONNode? {
    guard let node = root?[name], !node.isNull else { return nil }
    return node
  }

  /// A nested object.
  func object(_ name: String, _ members: Set<String>) throws(ControlFailure) -> ControlBody {
    let node = node(name)
    try Self.check(node, members, name)
    return ControlBody(node)
  }

  func string(_ name: String) throws(ControlFailure) -> String? {
    guard let node = node(name) else { return nil }
    guard let text = node.string else { throw ControlFailure("\(name) must be a string") }
    return text
  }

  func required(_ name: String) throws(ControlFailure) -> String {
    guard let text = try string(name), !text.isEmpty else { throw ControlFailure("\(name) is required") }
    return text
  }

  func integer(_ name: String) throws(ControlFailure) -> Int? {
    guard let node = node(name) else { return nil }
    guard let number = node.int64.flatMap({ Int(exactly: $0) }) else {
      throw ControlFailure("\(name) must be an integer")
    }
    return number
  }

  func number(_ name: String) throws(ControlFailure) -> Double? {
    guard let node = node(name) else { return nil }
    guard let number = node.double else { throw ControlFailure("\(name) must be a number") }
    return number
  }

  func bool(_ name: String) throws(ControlFailure) -> Bool? {
    guard let node = node(name) else { return nil }
    guard let flag = node.bool else { throw ControlFailure("\(name) must be true or false") }
    return flag
  }
}
