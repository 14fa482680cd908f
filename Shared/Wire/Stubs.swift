// Stand-ins until the modules they belong to are there.
package enum JSONValue: Codable, Sendable, Equatable, ExpressibleByDictionaryLiteral {
  case string(String)
  package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .string("") }
}
package struct JSONNode: Sendable {
  package func decode<T: Decodable>(_ type: T.Type) throws -> T { fatalError() }
}
package enum JSONCoder {
  package static func encode<T: Encodable>(_ value: T) throws -> [UInt8] { fatalError() }
}
package struct TraceContext: Sendable {}
