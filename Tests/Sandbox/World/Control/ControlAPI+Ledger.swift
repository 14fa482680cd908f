import HTTP
import JSON
import Telemetry

/// What passed.
extension ControlAPI {
  func ledger(_ request: HTTPRequest) async throws(ControlFailure) -> JSONValue {
    let totals = world.ledger.totals
    let codes = world.ledger.codeTotals
    return [
      "codes_submitted": .integer(codes.arrived), "codes_submitted_twice": .integer(codes.submittedTwice),
      "codes_not_kept": .integer(codes.notKept),
      "graph": [
        "messages_arrived": .integer(totals.messagesArrived), "messages_accepted": .integer(totals.messagesAccepted),
        "messages_refused": .integer(totals.messagesRefused), "answers_lost": .integer(totals.answersLost),
        "arrivals_swallowed": .integer(totals.arrivalsSwallowed),
        "distinct_callback_data": .integer(totals.distinctCallbackData),
        "repeated_callback_data": .integer(totals.repeatedCallbackData),
        "distinct_texts": .integer(totals.distinctTexts), "repeated_texts": .integer(totals.repeatedTexts),
        "read_receipts": .integer(totals.readReceipts),
        "typing_indicators": .integer(totals.typingIndicators), "codes_sent": .integer(totals.codesSent),
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
      "type": .string(record.type), "text": .string(record.text), "content": record.content ?? .null,
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

  /// Codes submitted to `verify_code`, by number.
  func ledgerCodes(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let query = try Self.query(request, ["number", "limit", "after"])
    let (limit, after) = try Self.page(query)
    // A plus that was not escaped is a space.
    let wanted = query["number"].map { $0.first == " " ? "+" + $0.dropFirst() : $0 }
    let phone = wanted.flatMap { PhoneDigits($0) }
    let all = world.ledger.codes().filter { record in
      wanted == nil || record.id == wanted || (phone != nil && record.phone == phone)
    }
    let rows = all.dropFirst(after).prefix(limit).map { record -> JSONValue in
      [
        "id": .string(record.id), "phone_number": .optional(record.phone?.e164), "code": .string(record.code),
        "times": .integer(record.times), "accepted": .bool(record.isAccepted),
      ]
    }
    return ["codes": .array(rows), "next": after + limit < all.count ? .integer(after + limit) : .null]
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
