import JSON
import Testing

@Suite struct JSONSchemaTests {
  private enum Tier: String, Codable, CaseIterable { case basic, plus }
  private enum Unlisted: String, Codable { case one = "1970-01-01T00:00:00Z", two }
  private struct Phone: Codable, JSONSchemaDescribing {
    struct NotAPhone: Error {}
    static var schema: JSONValue { JSONSchema.string(pattern: "^\\+[0-9]+$") }
    static var example: Phone { Phone() }
    init() {}
    init(from decoder: any Decoder) throws { throw NotAPhone() }
    func encode(to encoder: any Encoder) throws {}
  }
  private struct Tag: Codable { var name: String, senderID: Phone }
  private struct Register: Codable {
    var phone: Phone
    var displayName: String?
    var tier: Tier
    var spare: Tier?
    var attempts: Int
    var port: UInt16?
    var total: UInt64
    var ratio: Double
    var isOpen: Bool
    var tags: [Tag]
    var byCity: [String: [Tag]]
    var byCode: [Int: String]
    var maybes: [Int?]
    var raw: JSONValue
    var when: Unlisted
  }

  @Test func `describes a struct by watching it decode`() throws {
    let tag: JSONValue = [
      "type": "object",
      "properties": ["name": ["type": "string"], "sender_id": ["type": "string", "pattern": "^\\+[0-9]+$"]],
      "required": ["name", "sender_id"],
    ]
    let expected: JSONValue = [
      "type": "object",
      "properties": [
        "phone": ["type": "string", "pattern": "^\\+[0-9]+$"],
        "display_name": ["type": "string"],
        "tier": ["type": "string", "enum": ["basic", "plus"]],
        "spare": ["type": "string", "enum": ["basic", "plus"]],
        "attempts": ["type": "integer", "format": "int64"],
        "port": ["type": "integer", "minimum": 0, "maximum": 65_535],
        "total": ["type": "integer", "format": "uint64", "minimum": 0],
        "ratio": ["type": "number"],
        "is_open": ["type": "boolean"],
        "tags": ["type": "array", "items": tag],
        "by_city": ["type": "object", "additionalProperties": ["type": "array", "items": tag]],
        "by_code": ["type": "object", "additionalProperties": ["type": "string"]],
        "maybes": [
          "type": "array", "items": ["anyOf": [["type": "integer", "format": "int64"], ["type": "null"]]],
        ],
        "raw": [:],
        "when": ["type": "string"],
      ],
      "required": [
        "phone", "tier", "attempts", "total", "ratio", "is_open", "tags", "by_city", "by_code", "maybes", "raw", "when",
      ],
    ]
    let schema = JSONSchema.describe(Register.self)
    #expect(schema == expected)
    #expect(schema["properties"]?.object?.keys == expected["properties"]?.object?.keys, "in declared order")
  }

  @Test func `describes scalars and collections at the top`() {
    #expect(JSONSchema.describe(String.self) == ["type": "string"])
    #expect(JSONSchema.describe(Tier.self) == ["type": "string", "enum": ["basic", "plus"]])
    #expect(JSONSchema.describe([Bool].self) == ["type": "array", "items": ["type": "boolean"]])
    #expect(JSONSchema.describe(JSONValue.self) == [:])
    #expect(JSONSchema.describe(Phone.self) == Phone.schema)
    struct Nothing: Codable {}
    #expect(JSONSchema.describe(Nothing.self) == ["type": "object", "properties": [:]])
  }

  private final class Tree: Codable {
    var name: String
    var children: [Tree]
    var parent: Tree?
    var byName: [String: Tree]
    init(name: String) { (self.name, children, byName) = (name, [], [:]) }
  }
  private struct Forest: Codable { var trees: [Tree], first: Tree, last: String }

  @Test func `refers to types that contain themselves`() {
    let reference: JSONValue = ["$ref": "#/$defs/Tree"]
    let tree: JSONValue = [
      "type": "object",
      "properties": [
        "name": ["type": "string"], "children": ["type": "array", "items": reference], "parent": reference,
        "by_name": ["type": "object", "additionalProperties": reference],
      ],
      "required": ["name", "children", "by_name"],
    ]
    let expected: JSONValue = [
      "type": "object",
      "properties": [
        "trees": ["type": "array", "items": reference], "first": reference, "last": ["type": "string"],
      ],
      "required": ["trees", "first", "last"], "$defs": ["Tree": tree],
    ]
    #expect(JSONSchema.describe(Forest.self) == expected)
    #expect(JSONSchema.describe(Tree.self) == ["$ref": "#/$defs/Tree", "$defs": ["Tree": tree]])
  }

  private struct Picky: Codable {
    init(from decoder: any Decoder) throws {
      _ = try decoder.singleValueContainer().decode(String.self)
      throw Phone.NotAPhone()
    }
    func encode(to encoder: any Encoder) throws {}
  }
  private struct Holder: Codable { var before: Int, picky: Picky, after: Int }
  private struct OptionalHolder: Codable { var picky: Picky?, after: Int }

  @Test func `marks what it could not see`() {
    let mark = JSONSchema.incompleteMark
    let schema = JSONSchema.describe(Holder.self)
    #expect(schema["properties"]?["picky"]?["type"] == "string")
    #expect(schema["properties"]?["picky"]?[mark] == "incomplete: Picky refuses made-up values")
    #expect(schema[mark] == "incomplete: Holder refuses made-up values")
    let optional = JSONSchema.describe(OptionalHolder.self)
    #expect(optional[mark] == nil)
    #expect(optional["properties"]?["after"] != nil)
  }
}
