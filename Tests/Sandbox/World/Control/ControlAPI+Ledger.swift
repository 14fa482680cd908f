import HTTP
import JSON
import Telemetry

/// What passed.
extension ControlAPI {
  func ledger(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    let totals = world.ledger.totals
    return [
      "graph": [
        "messages_arrived": .integer(totals.messagesArrived), "messages_accepted": .integer(totals.messagesAccepted),
        "messages_refused": .integer(totals.messagesRefused), "answers_lost": .integer(totals.answersLost),
        "arrivals_swallowed": .integer(totals.arrivalsSwallowed),
        "distinct_callback_data": .integer(totals.distinctCallbackData),
        "repeated_callback_data": .integer(totals.repeatedCallbackData),
        "distinct_texts": .integer(totals.distinctTexts), "repeated_texts": .integer(totals.repeatedTexts),
        "read_receipts": .integer(totals.readReceipts), "codes_sent": .integer(totals.codesSent),
        "codes_exchanged": .integer(totals.codesExchanged), "registrations": .integer(totals.registrations),
      ],
      "inbound": ["sent": .integer(totals.inboundSent), "acknowledged": .integer(totals.inboundAcknowledged)],
      "statuses": ["made": .integer(totals.statusesMade), "acknowledged": .integer(totals.statusesAcknowledged)],
      "webhooks": [
        "attempts": .integer(totals.webhookAttempts), "answered_200": .integer(totals.webhooksAnswered200),
        "failed": .integer(totals.webhooksFailed), "dropped": .integer(totals.webhooksDropped),
        "pending": .integer(await world.webhooks.pending()),
      ],
      "model": ["requests": .integer(totals.modelRequests)],
      "receipts": ["verified": .integer(totals.receiptsVerified), "refused": .integer(totals.receiptsRefused)],
    ]
  }

  func resetLedger(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    world.ledger.reset()
    return try await ledger(request)
  }

  func ledgerMessages(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let query = try Self.query(request, ["callback_data", "text", "prefix", "to", "id", "limit", "after"])
    let (limit, after) = try Self.page(query)
    let recipient = query["to"].map { PhoneDigits($0)?.digits ?? $0 }
    let (page, next) = world.ledger.messages(after: after, limit: limit) { record in
      (query["callback_data"].map { $0 == record.callbackData } ?? true)
        && (query["text"].map { $0 == record.text } ?? true)
        && (query["prefix"].map { record.text.hasPrefix($0) } ?? true)
        && (query["id"].map { $0 == record.wamid } ?? true) && (recipient.map { $0 == record.recipient } ?? true)
    }
    return ["messages": .array(page.map(Self.describe)), "next": next.map { .integer($0) } ?? .null]
  }

  private static func describe(_ record: OutgoingRecord) -> JSONValue {
    let (outcome, code): (String, Int?) =
      switch record.outcome {
      case .arrived: ("arrived", nil)
      case .accepted: ("accepted", nil)
      case .refused(let code): ("refused", code)
      }
    return [
      "id": .optional(record.wamid), "phone_number_id": .string(record.phoneNumberID), "to": .string(record.recipient),
      "type": .string(record.type), "text": .string(record.text),
      "biz_opaque_callback_data": .optional(record.callbackData), "outcome": .string(outcome),
      "code": code.map { .integer($0) } ?? .null, "answer_lost": .bool(record.isAnswerLost),
      "at": .string(RFC3339.format(milliseconds: record.at)),
      "statuses": .array(
        record.statuses.map { status in
          [
            "status": .string(status.name), "at": .string(RFC3339.format(milliseconds: status.at)),
            "acknowledged": .bool(status.isAcknowledged),
          ]
        }),
    ]
  }

  func ledgerInbound(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let query = try Self.query(request, ["prefix", "from", "acknowledged", "limit", "after"])
    let (limit, after) = try Self.page(query)
    let from = query["from"].flatMap { PhoneDigits($0) }
    let (page, next) = world.ledger.inbound(after: after, limit: limit) { record in
      (query["prefix"].map { record.text.hasPrefix($0) } ?? true) && (from.map { $0 == record.from } ?? true)
        && (query["acknowledged"].map { ($0 == "true") == (record.acknowledgedAt != nil) } ?? true)
    }
    let rows = page.map { record -> JSONValue in
      [
        "id": .string(record.wamid), "from": .string(record.from.e164),
        "phone_number_id": .string(record.phoneNumberID), "text": .string(record.text),
        "attempts": .integer(record.attempts), "acknowledged": .bool(record.acknowledgedAt != nil),
        "at": .string(RFC3339.format(milliseconds: record.at)),
      ]
    }
    return ["inbound": .array(rows), "next": next.map { .integer($0) } ?? .null]
  }

  /// Values of `biz_opaque_callback_data` that were accepted more than once: must be empty.
  func ledgerRepeated(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    var repeated = JSONObject()
    for (data, tally) in world.ledger.repeatedCallbackData.sorted(by: { $0.key < $1.key }).prefix(1_000) {
      repeated[data] = ["arrived": .integer(tally.arrived), "accepted": .integer(tally.accepted)]
    }
    return ["callback_data": .object(repeated)]
  }
}
