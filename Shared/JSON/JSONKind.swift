/// The six kinds of JSON value (RFC 8259 §3).
package enum JSONKind: String, Sendable, CaseIterable {
  case null, bool, number, string, array, object
}
