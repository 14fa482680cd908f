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
  /// Where named types go; without one only types that contain themselves are set apart.
  private let catalogue: JSONSchemaCatalogue?
  /// A type that shall have no name.
  private let unnamed: ObjectIdentifier?

  init(catalogue: JSONSchemaCatalogue? = nil, unnamed: (any Any.Type)? = nil) {
    self.catalogue = catalogue
    self.unnamed = unnamed.map { ObjectIdentifier($0) }
  }

  /// The schema of `type` and a value of it; no value if none could be made up.
  func describe<Value: Decodable>(_ type: Value.Type) -> (schema: JSONValue, value: Value?) {
    if let known = catalogue?.known(type) { return (known.schema, known.value as? Value) }
    if let described = type as? any JSONSchemaDescribing.Type {
      return (named(described), described.example as? Value)
    }
    if type == JSONValue.self { return ([:], JSONValue.null as? Value) }
    if let cases = type as? any CaseIterable.Type, let (names, first) = Self.names(cases) {
      let schema: JSONValue = ["type": "string", "enum": .array(names.map { .string($0) })]
      return (catalogue?.keep(schema, of: type, value: first) ?? schema, first as? Value)
    }
    let identity = ObjectIdentifier(type)
    let name = String(String(describing: type).map { $0.isLetter || $0.isNumber ? $0 : "_" })
    let reference = catalogue.map { $0.refer($0.name(of: type)) } ?? ["$ref": .string("#/$defs/\(name)")]
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
    if let catalogue {
      guard shape.hasMembers, !isCollection, identity != unnamed else { return (schema, value) }
      return (catalogue.keep(schema, of: type, value: value), value)
    }
    guard referenced.contains(identity) else { return (schema, value) }
    definitions[name] = schema
    return (reference, value)
  }

  /// A type that describes itself, with its example.
  private func named(_ type: any JSONSchemaDescribing.Type) -> JSONValue {
    guard let catalogue else { return type.schema }
    var schema = type.schema
    if case .object(var object) = schema, object["examples"] == nil, let value = type.example as? any Encodable,
      let bytes = try? JSONCoder.encode(value), let example = try? JSONValue(parsing: bytes)
    {
      object["examples"] = [example]
      schema = .object(object)
    }
    return catalogue.keep(schema, of: type, named: type.schemaName, value: type.example)
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
