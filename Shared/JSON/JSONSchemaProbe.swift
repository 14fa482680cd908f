/// Watches types decode from made-up values. One per `JSONSchema.describe`.
final class JSONSchemaProbe {
  /// Thrown through the inits of types when a value cannot be made up: the type contains itself, or refuses all offers.
  struct NoValue: Error {}

  /// What is offered to a type that reads a single string or number, in turn, until it takes one.
  static let strings = ["", "a", "0", "1970-01-01T00:00:00Z", "https://example.com/", "+10000000000", "en"]
  static let integers: [Int64] = [0, 1, 2, 10, 100, 1_000, 1_000_000_000_000]

  /// Ends types that are sequences of themselves.
  private static let mostLevels = 64

  /// Schemas of types that contain themselves, by name.
  private(set) var definitions = JSONObject()
  private var inProgress: [ObjectIdentifier] = []
  private var referenced: Set<ObjectIdentifier> = []

  /// The schema of `type` and a value of it; no value if none could be made up.
  func describe<Value: Decodable>(_ type: Value.Type) -> (schema: JSONValue, value: Value?) {
    if let described = type as? any JSONSchemaDescribing.Type { return (described.schema, described.example as? Value) }
    if type == JSONValue.self { return ([:], JSONValue.null as? Value) }
    if let cases = type as? any CaseIterable.Type, let (names, first) = Self.names(cases) {
      return (["type": "string", "enum": .array(names.map { .string($0) })], first as? Value)
    }
    let identity = ObjectIdentifier(type)
    let name = String(String(describing: type).map { $0.isLetter || $0.isNumber ? $0 : "_" })
    let reference: JSONValue = ["$ref": .string("#/$defs/\(name)")]
    // A collection inside itself is only the shape of the type that contains both.
    let isCollection = type is any Sequence.Type || type is any ExpressibleByNilLiteral.Type
    guard !inProgress.contains(identity) || (isCollection && inProgress.count < Self.mostLevels) else {
      referenced.insert(identity)
      return (reference, nil)
    }
    inProgress.append(identity)
    let (shape, value) = watch(type)
    inProgress.removeLast()
    var schema = shape.schema
    if value == nil, case .object(var object) = schema {
      object[JSONSchema.incompleteMark] = .string("incomplete: \(Value.self) refuses made-up values")
      schema = .object(object)
    }
    guard referenced.contains(identity) else { return (schema, value) }
    definitions[name] = schema
    return (reference, value)
  }

  /// Lets the type decode until an offer succeeds; the shape of the first offer counts, later ones may see less.
  private func watch<Value: Decodable>(_ type: Value.Type) -> (JSONSchemaShape, Value?) {
    var first: JSONSchemaShape?
    for offer in Self.strings.indices {
      let shape = JSONSchemaShape()
      let value = try? type.init(from: JSONSchemaDecoder(probe: self, shape: shape, offer: offer, isEmpty: false))
      if let value { return (first ?? shape, value) }
      first = first ?? shape
      // Only scalars have further offers.
      if !shape.isLeaf { break }
    }
    let shape = first ?? JSONSchemaShape()
    // An element may have no value because the type contains itself; an empty collection has no elements.
    let empty = JSONSchemaDecoder(probe: self, shape: JSONSchemaShape(), offer: 0, isEmpty: true)
    return (shape, shape.isLeaf ? nil : try? type.init(from: empty))
  }

  /// The texts of an enum that lists its cases and is made of text, and its first case.
  static func names<Cases: CaseIterable>(_ type: Cases.Type) -> (names: [String], first: Any)? {
    let names = type.allCases.map { ($0 as? any RawRepresentable)?.rawValue as? String }
    guard let first = type.allCases.first, !names.contains(nil) else { return nil }
    return (names.compactMap(\.self), first)
  }
}
