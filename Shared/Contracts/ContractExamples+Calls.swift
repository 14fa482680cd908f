import JSON

extension ContractExamples {
  /// Members of single calls: by the type of the answer or the request.
  static let calls: [String: JSONValue] = [
    "CreateBroadcastUploadAnswer.maximum_bytes": 268_435_456,
    "CreateBroadcastUploadAnswer.maximum_recipients": 500_000,
    "CreateBroadcastUploadAnswer.upload_url":
      "https://router.example/v1/broadcasts/brd_01JD0000000000000000000000/recipients?expires=1795343400&signature=f7t",
    "CreateBroadcastUploadAnswer.upload_url_expires_at": "2026-11-22T10:40:00.000Z",
    "UpdateProfileRequest.about": "Flowers for every day.",
    "UpdateProfileRequest.websites": ["https://flowers.example"],
    "ResolveMessageAnswer.status": "failed",
    "ResolveMessageRequest.decision": "failed",
    "ResolveMessageRequest.reason": "The customer says that nothing arrived.",
    "SetVoiceRouteAnswer.mode": "permanent",
    "SetVoiceRouteAnswer.state": "switching",
    "SetVoiceRouteRequest.mode": "permanent",
    "ListTemplatesRequest.category": "utility",
    "ListTemplatesRequest.name": "order",
    "ListTemplatesRequest.status": "approved",
    "SendTemplateAnswer.status": "queued",
    "CreateTemplateAnswer.status": "pending",

    // What an answer shows that others of its type do not.
    "CreateAccountKeyAnswer.key": "wsk_4fK9rQ0aZ1cV7mXyB2nLw8eT5uHs6dGj3kPiRoEtYxA",
    "CreateKeyAnswer.key": "wsk_4fK9rQ0aZ1cV7mXyB2nLw8eT5uHs6dGj3kPiRoEtYxA",
    "CreateMediaAnswer.available_at": .null,
    "CreateMediaAnswer.bytes": .null,
    "CreateMediaAnswer.expires_at": .null,
    "CreateMediaAnswer.message_id": .null,
    "CreateMediaAnswer.sha256": .null,
    "CreateMediaAnswer.source": "upload",
    "CreateMediaAnswer.state": "waiting",
    "CreateMediaAnswer.upload_url":
      "https://media.example/v1/media/med_01JD0000000000000000000000/content?expires=1795343400&signature=f7tYx2Ld",
    "CreateMediaAnswer.upload_url_expires_at": "2026-11-22T10:40:00.000Z",
    "CreateMediaAnswer.url": .null,
    "CreateMediaAnswer.url_expires_at": .null,
    "CreateOnboardingLinkAnswer.url":
      "https://connect.example/onboard/o3bA0cRZ1kq8mJ5vWf7tYx2LdNhSgPuEi4TzK9wQyMs",
    "CreateSenderAnswer.status": "pending",
    "ConnectSenderAnswer.status": "connecting",
    "SendMessageAnswer.status": "queued",
    "SendTextAnswer.status": "queued",
    "CancelMessageAnswer.status": "cancelled",
    "MarkMessageReadAnswer.direction": "inbound",
    "MarkMessageReadAnswer.read_at": "2026-11-22T10:30:00.000Z",
    "MarkMessageReadAnswer.status": "received",
    "SetWebhookAnswer.secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",

    // Of requests only required members are shown, and these.
    "ConnectSenderRequest.code": "AQBIzKf2nCv9fRjW",
    "ConnectSenderRequest.phone_number_id": "106540352242922",
    "CreateAssistantRequest.instructions":
      "You answer customers of a flower shop, kindly and in one or two sentences.",
    "SetContactPreferencesRequest.is_opted_out": true,
    "SetContactPreferencesRequest.note": "Told us at the till.",
    "StartVerificationRequest.language": "en_US",
    "UpdateAssistantRequest.name": "Florist at night",
    "CreateAccountRequest.name": "Flower Shop",
    "CreateAccountKeyRequest.name": "First key",
    "CreateAccountKeyRequest.role": "admin",
    "CreateSenderRequest.phone_number": "+14155550123",
    "CreateKeyRequest.name": "Till",
    "CreateKeyRequest.role": "operator",
    "UpdateAccountRequest.name": "Flower Shop Ltd",
    "UpdateKeyRequest.name": "Second till",
    "UpdateNumberRequest.nickname": "Front desk",
    "UpdateSenderRequest.ai_enabled": true,
    "UpdateSenderRequest.assistant_id": "ast_01JD0000000000000000000000",
  ]
}
