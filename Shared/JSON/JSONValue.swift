/// Any JSON value, for data whose shape is not ours: error details, raw fields, schemas.
///
/// Integers keep all digits of `Int64` and `UInt64`; other numbers are the nearest `Double`. An integer and a
/// `Double` are different values even if they are numerically equal, as `1` and `1.0` are different text.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case integer(Int64)
  /// Only for integers above `Int64.max`; the reader never makes it for smaller ones.
  case unsigned(UInt64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  /// The value at `node` and all it contains.
  package init(_ node: JSONNode) {
    switch node.kind {
    case .null: self = .null
    case .bool: self = .bool(node.bool ?? false)
    case .number:
      if let value = node.int64 {
        self = .integer(value)
      } else if let value = node.uint64 {
        self = .unsigned(value)
      } else {
        self = .number(node.double ?? 0)
      }
    case .string: self = .string(node.string ?? "")
    case .array:
      var elements: [JSONValue] = []
      elements.reserveCapacity(node.count)
      node.forEachElement { elements.append(JSONValue($0)) }
      self = .array(elements)
    case .object:
      var members: [JSONObject.Member] = []
      members.reserveCapacity(node.count)
      node.forEachMember { members.append(JSONObject.Member(key: $0, value: JSONValue($1))) }
      self = .object(JSONObject(distinct: members))
    }
  }

  /// Reads a whole document.
  package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONFailure) {
    self.init(try JSONDocument(parsing: bytes, limits: limits).root)
  }

  package var isNull: Bool { self == .null }
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var string: String? { if case .string(let value) = self { value } else { nil } }
  package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// The value if it is an integer and fits.
  package var int64: Int64? { if case .integer(let value) = self { value } else { nil } }

  /// The value if it is an integer and fits.
  package var uint64: UInt64? {
    switch self {
    case .integer(let value): UInt64(exactly: value)
    case .unsigned(let value): value
    default: nil
    }
  }

  /// The nearest `Double` if it is a number.
  package var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The value of a member; nil if there is none or this is not an object.
  package subscript(key: String) -> JSONValue? { object?[key] }

  /// An element; nil past the end or if this is not an array.
  package subscript(position: Int) -> JSONValue? {
    guard case .array(let elements) = self, elements.indices.contains(position) else { return nil }
    return elements[position]
  }
}
