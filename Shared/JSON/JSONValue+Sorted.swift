extension JSONValue {
  /// The same value with every object's members in the order of their names' bytes: two texts of one value become one.
  /// A dictionary of Swift writes its members in an order that is another in each process.
  package var sorted: JSONValue {
    switch self {
    case .array(let values): .array(values.map(\.sorted))
    case .object(let object):
      .object(
        JSONObject(
          distinct: object.members
            .map { JSONObject.Member(key: $0.key, value: $0.value.sorted) }
            .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }))
    default: self
    }
  }
}
