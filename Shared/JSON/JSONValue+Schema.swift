extension JSONValue: JSONSchemaDescribing {
  /// Any JSON at all.
  package static var schema: JSONValue { .object(JSONObject()) }
  package static var example: JSONValue { .object(JSONObject()) }
}
