/// A member name that is data, or that somebody else spelled: it stands on the wire exactly as written here.
///
/// All other coding keys are property names and go through `JSONKeySpelling`; so a type that reads names it does not
/// know beforehand must read them as `JSONKey`, or those with capitals are lost.
package struct JSONKey: CodingKey, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  package let stringValue: String
  package let intValue: Int?

  package init(_ name: String) {
    stringValue = name
    intValue = nil
  }

  /// The place of an element of an array, for a coding path.
  package init(index: Int) {
    stringValue = String(index)
    intValue = index
  }

  package init(stringLiteral name: String) { self.init(name) }
  package init?(stringValue: String) { self.init(stringValue) }
  package init?(intValue: Int) { self.init(index: intValue) }

  package var description: String { stringValue }
}
