/// A type that says itself what its JSON looks like: one that checks its text or number while decoding, an enum with
/// associated values, one that decodes by hand.
///
/// Types whose `Codable` is synthesized need not: `JSONSchema.describe` finds out by watching them decode.
package protocol JSONSchemaDescribing {
  /// JSON Schema (draft 2020-12) of the encoded value.
  static var schema: JSONValue { get }
  /// Any value of the type: it stands in while types that contain this one are watched.
  static var example: Self { get }
  /// The type's name in a catalogue of schemas; by default its name in Swift.
  static var schemaName: String? { get }
}

extension JSONSchemaDescribing {
  package static var schemaName: String? { nil }
}
