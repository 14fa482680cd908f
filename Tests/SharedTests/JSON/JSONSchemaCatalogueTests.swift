import JSON
import Testing

@Suite struct JSONSchemaCatalogueTests {
  private enum ShopAPI {
    struct Order: Codable {
      enum State: String, Codable, CaseIterable { case open, paid }
      var id: Code
      var state: State
      var lines: [Line]
      var parent: Parent?
      var notes: [String: String]
      var total: Double
      var count: UInt16
      var paidAt: Moment?
    }
    struct Line: Codable { var name: String, isGift: Bool }
    struct Box<Item: Codable>: Codable { var items: [Item] }
    final class Parent: Codable { var parent: Parent? }
  }
  private struct Code: Codable, JSONSchemaDescribing {
    static var schema: JSONValue { JSONSchema.string(pattern: "^c[0-9]$") }
    static var example: Code { Code() }
    static var schemaName: String? { "OrderCode" }
    init() {}
    init(from decoder: any Decoder) throws {
      _ = try decoder.singleValueContainer().decode(String.self)
    }
    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      try container.encode("c7")
    }
  }
  private struct Moment: Codable, JSONSchemaDescribing {
    static var schema: JSONValue { JSONSchema.string(format: "date-time") }
    static var example: Moment { Moment() }
  }

  /// Tests' types are private: parts of their names that the compiler makes up are left out.
  private static func catalogue() -> JSONSchemaCatalogue {
    JSONSchemaCatalogue(reference: "#/x/") { $0.hasSuffix("API") || $0.hasPrefix("(") || $0.hasSuffix("Tests") }
  }

  @Test func `named types stand once and are referred to`() {
    let catalogue = Self.catalogue()
    #expect(catalogue.describe(ShopAPI.Order.self) == ["$ref": "#/x/Order"])
    #expect(Set(catalogue.schemas.keys) == ["Order", "OrderState", "OrderCode", "Line", "Parent", "Moment"])
    let order = catalogue.schemas["Order"]?["properties"]
    #expect(order?["state"] == ["$ref": "#/x/OrderState"])
    #expect(order?["lines"] == ["type": "array", "items": ["$ref": "#/x/Line"]])
    #expect(order?["notes"] == ["type": "object", "additionalProperties": ["type": "string"]])
    #expect(catalogue.schemas["Parent"]?["properties"]?["parent"] == ["$ref": "#/x/Parent"])
    #expect(catalogue.schemas["OrderCode"] == ["type": "string", "pattern": "^c[0-9]$", "examples": ["c7"]])
    #expect(catalogue.describe(ShopAPI.Box<ShopAPI.Line>.self) == ["$ref": "#/x/LineBox"])
    #expect(catalogue.collisions.isEmpty)
  }

  @Test func `the members of a type can be had without naming it`() {
    let catalogue = Self.catalogue()
    #expect(catalogue.members(of: ShopAPI.Line.self)["properties"]?["is_gift"] == ["type": "boolean"])
    #expect(catalogue.schemas.isEmpty)
  }

  @Test func `two meanings of one name are noticed`() {
    enum Other {
      struct Line: Codable { var length: Int }
    }
    let catalogue = JSONSchemaCatalogue(reference: "#/x/") { $0 != "Line" }
    _ = catalogue.describe(ShopAPI.Line.self)
    _ = catalogue.describe(Other.Line.self)
    #expect(catalogue.collisions == ["Line"])
    _ = catalogue.add("Line", ["type": "string"])
    #expect(catalogue.collisions == ["Line", "Line"])
  }

  @Test func `examples come from the table, the type, or the schema, in this order`() {
    let catalogue = Self.catalogue()
    let schema = catalogue.describe(ShopAPI.Order.self)
    let table: [String: JSONValue] = [
      "name": "Rose", "Order.total": 12.5, "Order.paid_at": .null, "count": "not a number", "Order.state": "paid",
    ]
    let examples = JSONSchemaExamples(catalogue, table: table)
    let order = examples.value(of: schema)
    #expect(order["id"] == "c7" && order["total"] == 12.5 && order["paid_at"] == nil && order["state"] == "paid")
    #expect(order["lines"] == [["name": "Rose", "is_gift": true]])
    #expect(order["notes"] == ["key": "example"] && order["count"] == 0)
    // A type inside itself ends.
    #expect(order["parent"]?["parent"] != nil)
    let short = examples.object(
      catalogue.resolve(schema), owner: "Order", onlyRequired: true, overrides: ["count": 4, "other": 5])
    #expect(short["parent"] == nil && short["count"] == 4 && short["other"] == nil)
  }
}
