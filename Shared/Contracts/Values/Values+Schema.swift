package import JSON

extension Identifier: JSONSchemaDescribing {
  package static var schema: JSONValue {
    ["type": "string", "pattern": .string("^\(Kind.prefix)_[0-9A-HJKMNP-TV-Z]{26}$")]
  }

  package static var example: Self { Self(trusted: "\(Kind.prefix)_01JD0000000000000000000000") }

  /// `SenderKind` names `SenderID`.
  package static var schemaName: String? {
    let kind = String(describing: Kind.self)
    return (kind.hasSuffix("Kind") ? String(kind.dropLast(4)) : kind) + "ID"
  }
}

extension PhoneNumber: JSONSchemaDescribing {
  package static var schema: JSONValue { ["type": "string", "format": "e164", "pattern": "^\\+[1-9][0-9]{6,14}$"] }
  package static var example: PhoneNumber { PhoneNumber(trusted: "+14155550123") }
}

extension Timestamp: JSONSchemaDescribing {
  package static var schema: JSONValue { ["type": "string", "format": "date-time"] }
  package static var example: Timestamp { Timestamp(milliseconds: 1_795_000_000_000) }
}
