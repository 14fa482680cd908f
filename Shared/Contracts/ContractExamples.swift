package import JSON

/// What the fields of calls and replies look like in real life, for the examples of the API description.
///
/// One table for all of them, by wire name, or by type and wire name where the same name means different things. What is
/// not here is made from the schema alone; null leaves an optional member out.
package enum ContractExamples {
  package static let table: [String: JSONValue] = [
    "about": "Flowers for every day.",
    "access_token": "EAAG…",
    "action": "sender.update",
    "address": "1 Market Street, San Francisco, CA 94105, US",
    "ai_enabled": true,
    "answer": "We are open from 9 to 18, on Sundays from 10 to 14.",
    "business_id": "1029384756",
    "category": "RETAIL",
    "city": "San Francisco",
    "code": "123456",
    "country": "US",
    "cursor": "c25kXzAxSkQ",
    "description": "A florist since 1998. Order by message, we deliver in town.",
    "dialled_address": "203.0.113.7:443",
    "display_name": "Flower Shop",
    "email": "hello@flowers.example",
    "fallback": "I am not sure. A colleague will answer soon.",
    "http_status": 200,
    "instructions": "You answer customers of a flower shop, kindly and in one or two sentences.",
    "is_enabled": true,
    "language": "en_US",
    "last_used_at": "2026-11-22T10:30:00.000Z",
    "limit": 25,
    "message": "Your order is ready to be picked up.",
    "messaging_limit": "TIER_1K",
    "meta_message_id": "wamid.HBgLMTY1MDU1NTAxMDAVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA",
    "model": "gpt-4.1-mini",
    "name": "Florist",
    "name_status": "APPROVED",
    "next_cursor": "c25kXzAxSkQ",
    "next_step": "Ask Meta for a code, then type it.",
    "nickname": "Front desk",
    "phone_number_id": "106540352242922",
    "portfolio_id": "1029384756",
    "quality_rating": "GREEN",
    "question": "When are you open?",
    "redirect_url": "https://flowers.example/done",
    "requested_display_name": .null,
    "response": "ok",
    "result": "The number is registered.",
    "retry_at": .null,
    "rotate_secret": false,
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "temperature": 0.1,
    "text": "Your order is ready to be picked up.",
    "throughput": 80,
    "to": "+16505550100",
    "token": "EAAG…",
    "url": "https://flowers.example/receipts",
    "user_id": "US.13491208655302741918",
    "version": 3,
    "waba_id": "102290129340398",
    "websites": ["https://flowers.example"],
    "window_expires_at": "2026-11-23T10:30:00.000Z",

    "AccountEvent.kind": "sender.status_changed",
    "AccountEvent.message": "The sender went offline.",
    "AccountEvent.before": "online",
    "AccountEvent.after": "offline",
    "Contact.name": "Ann",
    "Delivery.next_attempt_at": .null,
    "Delivery.state": "delivered",
    "Delivery.status": "delivered",
    "DeliveryAttempt.duration_milliseconds": 112,
    "DeliveryAttempt.error_class": .null,
    "Message.direction": "outbound",
    "Message.error": .null,
    "Message.status": "delivered",
    "Message.type": "text",
    "MessageError.code": "RECIPIENT_UNREACHABLE",
    "OnboardingStep.name": "register",
    "OnboardingStep.state": "done",
    "Sender.number_id": .null,
    "Sender.origin": "external",
    "Sender.reasons": [],
    "Sender.status": "online",
    "Sender.warnings": [],
    "SenderReason.code": "CODE_NEEDED",
    "SenderReason.message": "Meta wants to see that the number is yours.",
    "Verification.reason": .null,
    "Verification.state": "code_requested",

    // Of requests only required members are shown, and these.
    "ConnectSenderRequest.code": "AQBIzKf2nCv9fRjW",
    "ConnectSenderRequest.phone_number_id": "106540352242922",
    "CreateAssistantRequest.instructions":
      "You answer customers of a flower shop, kindly and in one or two sentences.",
    "StartVerificationRequest.language": "en_US",
    "UpdateAssistantRequest.name": "Florist at night",
    "UpdateSenderRequest.ai_enabled": true,
    "UpdateSenderRequest.assistant_id": "ast_01JD0000000000000000000000",
  ]

  /// The table's members of one type.
  package static func members(of type: String) -> JSONObject {
    var found = JSONObject()
    for (name, value) in table where name.hasPrefix(type + ".") {
      found[String(name.dropFirst(type.count + 1))] = value
    }
    return found
  }
}
