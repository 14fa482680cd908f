/// Values to bytes and back. Property names and wire names correspond by `JSONKeySpelling`.
///
/// Foundation's own types get no special treatment: `UUID` is text, but `Date` would be a number of seconds since 2001,
/// `Data` a list of numbers and `URL` an object. The types of this product are text and integers.
package enum JSONCoder {
  /// Reads one value of `type` from a whole document.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], limits: JSONLimits = JSONLimits()
  ) throws(JSONDecodingFailure) -> Value {
    let document: JSONDocument
    do throws(JSONFailure) {
      document = try JSONDocument(parsing: bytes, limits: limits)
    } catch {
      throw JSONDecodingFailure(error)
    }
    return try document.root.decode(type)
  }

  /// Reads one value of `type` from UTF-8 text.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from text: String, limits: JSONLimits = JSONLimits()
  ) throws(JSONDecodingFailure) -> Value {
    try decode(type, from: Array(text.utf8), limits: limits)
  }

  /// The JSON of `value`, without white space, members in the order the type encodes them.
  package static func encode<Value: Encodable>(_ value: Value) throws(JSONEncodingFailure) -> [UInt8] {
    var writer = JSONWriter()
    try encode(value, into: &writer)
    return writer.finish()
  }

  /// Writes the JSON of `value` where `writer` stands: the outermost value, an element, or after a key.
  /// After a failure the writer holds half a value and is of no further use.
  package static func encode<Value: Encodable>(
    _ value: Value, into writer: inout JSONWriter
  ) throws(JSONEncodingFailure) {
    // The session needs the writer while containers hold the session; nobody else may own the bytes meanwhile.
    let session = JSONEncodingSession(writer: writer.moved())
    defer { writer = session.writer.moved() }
    do {
      try session.encode(value, into: JSONEncodingSession.outermost)
      try session.finish()
    } catch let failure as JSONEncodingFailure {
      throw failure
    } catch {
      throw JSONEncodingFailure(path: session.writer.path, reason: String(describing: error))
    }
  }
}
