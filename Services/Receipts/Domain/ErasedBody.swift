import JSON

/// What stays of an event's body when the person it is about is erased: ids of ours, times, and what is the business's
/// own. Meta's message ids go too: the customer's number is inside them.
enum ErasedBody {
  /// `sender` and `from` are the business's own number: what a customer is called is in `contact` and `to`.
  private static let kept: Set<String> = [
    "event", "whatsapp_message_id", "message_id", "conversation_id", "assistant_id", "sender", "from", "direction",
    "status", "timestamp", "provider_timestamp", "sequence", "status_rank", "occurred_at", "synthesized", "session",
    "type", "started_at", "ended_at", "message_count", "is_resumed",
  ]

  /// A list of what may stay, not of what must go: a member that is added later goes until somebody has thought of it.
  static func blanked(_ body: [UInt8]) throws -> [UInt8] {
    var blank = JSONObject()
    let value = try JSONValue(parsing: body)
    for member in value.object?.members ?? [] where kept.contains(member.key) {
      blank[member.key] = member.value
    }
    blank["erased"] = true
    return try JSONCoder.encode(JSONValue.object(blank))
  }
}
