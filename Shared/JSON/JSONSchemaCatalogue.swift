/// Schemas of many types in which each named type stands once and is referred to: the components of an API description.
///
/// Named are structs with members, enums of text, and types that describe themselves. A type's name is its own without
/// module and namespaces, `Assistant.Kind` as `AssistantKind` and `Page<Sender>` as `SenderPage`.
package final class JSONSchemaCatalogue {
  /// What stands before a name in a `$ref`.
  package let reference: String
  /// The schemas by name, in the order they were met.
  package private(set) var schemas = JSONObject()
  /// Names that two different types would have: a mistake of ours, for a test to find.
  package private(set) var collisions: [String] = []
  private let isNamespace: (String) -> Bool
  private var owners: [String: ObjectIdentifier] = [:]
  private var values: [ObjectIdentifier: (name: String, value: Any?)] = [:]

  /// An empty catalogue. Parts of a type's name for which `isNamespace` holds are left out.
  package init(reference: String, isNamespace: @escaping (String) -> Bool = { _ in false }) {
    self.reference = reference
    self.isNamespace = isNamespace
  }

  /// The schema of `type`, or a reference to it; what it needs is added.
  package func describe<Value: Decodable>(_ type: Value.Type) -> JSONValue {
    JSONSchemaProbe(catalogue: self).describe(type).schema
  }

  /// The schema of `type` itself, without a name; what its members need is added.
  package func members<Value: Decodable>(of type: Value.Type) -> JSONValue {
    JSONSchemaProbe(catalogue: self, unnamed: type).describe(type).schema
  }

  /// Adds a schema under a name that no type has; the reference to it.
  package func add(_ name: String, _ schema: JSONValue) -> JSONValue {
    if let known = schemas[name], known != schema { collisions.append(name) }
    schemas[name] = schema
    return refer(name)
  }

  /// The schema that `schema` refers to, or itself.
  package func resolve(_ schema: JSONValue) -> JSONValue {
    name(in: schema).flatMap { schemas[$0] } ?? schema
  }

  /// The name that `schema` refers to.
  package func name(in schema: JSONValue) -> String? {
    guard let text = schema["$ref"]?.string, text.hasPrefix(reference) else { return nil }
    return String(text.dropFirst(reference.count))
  }

  // MARK: For the probe

  func refer(_ name: String) -> JSONValue { ["$ref": .string(reference + name)] }

  func known(_ type: any Any.Type) -> (schema: JSONValue, value: Any?)? {
    values[ObjectIdentifier(type)].map { (refer($0.name), $0.value) }
  }

  func keep(_ schema: JSONValue, of type: any Any.Type, named given: String? = nil, value: Any?) -> JSONValue {
    let name = given ?? name(of: type)
    let identity = ObjectIdentifier(type)
    if let owner = owners[name], owner != identity { collisions.append(name) }
    owners[name] = identity
    schemas[name] = schema
    values[identity] = (name, value)
    return refer(name)
  }

  func name(of type: any Any.Type) -> String { name(reflected: Substring(String(reflecting: type))) }

  private func name(reflected text: Substring) -> String {
    let opening = text.firstIndex(of: "<")
    let parts = text[..<(opening ?? text.endIndex)].split(separator: ".").dropFirst()
    let own = parts.filter { !isNamespace(String($0)) }.joined()
    guard let opening else { return own.filter { $0.isLetter || $0.isNumber } }
    let arguments = text[text.index(after: opening)...].dropLast().split(separator: ",")
    let prefix = arguments.map { name(reflected: $0.drop { $0 == " " }) }.joined()
    return prefix + own.filter { $0.isLetter || $0.isNumber }
  }
}
