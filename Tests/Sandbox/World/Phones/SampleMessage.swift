import JSON

/// Messages of every kind, as Meta's webhooks show them.
package enum SampleMessage {
  /// Those there are samples of.
  package static let kinds = [
    "button", "button_reply", "call_permission_reply", "contacts", "edit", "forwarded", "list_reply", "location",
    "nfm_reply", "order", "product", "reaction", "referral", "reply", "revoke", "unsupported",
  ]

  /// The members beside sender, id and time. `about` is the message that it is about.
  static func members(_ kind: String, about: String?, text: String?) throws(ControlFailure) -> JSONObject {
    if ["reaction", "edit", "revoke", "reply"].contains(kind), about == nil {
      throw ControlFailure("a \(kind) is about a message: give its id as \"about\"")
    }
    let about = JSONValue.string(about ?? MetaIdentifier.message())
    let words = JSONValue.string(text ?? "Sample of \(kind)")
    switch kind {
    case "location":
      return [
        "type": "location",
        "location": [
          "latitude": 37.774929, "longitude": -122.419418, "name": "Market", "address": "1 Market Street",
          "url": "https://maps.example/market",
        ],
      ]
    case "contacts":
      return [
        "type": "contacts",
        "contacts": [
          [
            "name": ["formatted_name": "Ben Bee", "first_name": "Ben", "last_name": "Bee"],
            "phones": [["phone": "+1 650 555 0199", "type": "CELL", "wa_id": "16505550199"]],
          ]
        ],
      ]
    case "reaction": return ["type": "reaction", "reaction": ["message_id": about, "emoji": "\u{1F44D}"]]
    case "button":
      return ["type": "button", "context": ["id": about], "button": ["payload": "sample", "text": words]]
    case "button_reply", "list_reply", "nfm_reply", "call_permission_reply":
      return ["type": "interactive", "context": ["id": about], "interactive": interactive(kind, words)]
    case "order":
      return [
        "type": "order",
        "order": [
          "catalog_id": "7700", "text": words,
          "product_items": [
            ["product_retailer_id": "rose-12", "quantity": 2, "item_price": 3.5, "currency": "USD"]
          ],
        ],
      ]
    case "product":
      return [
        "type": "text", "text": ["body": words],
        "context": ["referred_product": ["catalog_id": "7700", "product_retailer_id": "rose-12"]],
      ]
    case "referral":
      return [
        "type": "text", "text": ["body": words],
        "referral": [
          "source_url": "https://fb.me/sample", "source_id": "120", "source_type": "ad", "headline": "Roses",
          "body": "Half price", "media_type": "image", "image_url": "https://ads.example/roses.jpg",
          "ctwa_clid": "sample-click", "welcome_message": ["text": "Hi!"],
        ],
      ]
    case "forwarded": return ["type": "text", "text": ["body": words], "context": ["forwarded": true]]
    case "reply": return ["type": "text", "text": ["body": words], "context": ["id": about]]
    case "edit":
      return [
        "type": "edit",
        "edit": ["original_message_id": about, "message": ["type": "text", "text": ["body": words]]],
      ]
    case "revoke": return ["type": "revoke", "revoke": ["original_message_id": about]]
    case "unsupported":
      return [
        "type": "unsupported",
        "errors": [
          [
            "code": 131051, "title": "Message type unknown", "message": "Message type unknown",
            "error_data": ["details": "Message type is currently not supported."],
          ]
        ],
      ]
    default: throw ControlFailure("no sample of \(kind); there are \(kinds.joined(separator: ", "))")
    }
  }

  private static func interactive(_ kind: String, _ words: JSONValue) -> JSONValue {
    switch kind {
    case "button_reply": ["type": "button_reply", "button_reply": ["id": "sample", "title": words]]
    case "list_reply":
      ["type": "list_reply", "list_reply": ["id": "sample", "title": words, "description": "A row"]]
    case "nfm_reply":
      [
        "type": "nfm_reply",
        "nfm_reply": ["name": "flow", "body": "Sent", "response_json": #"{"flow_token":"sample","answer":"yes"}"#],
      ]
    default:
      [
        "type": "call_permission_reply",
        "call_permission_reply": ["response": "accept", "response_source": "user_action"],
      ]
    }
  }
}
