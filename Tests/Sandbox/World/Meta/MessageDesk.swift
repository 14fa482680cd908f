import JSON
import Synchronization
import Telemetry

/// `POST /{PHONE_ID}/messages`: checks a message, accepts it, and sets off its statuses.
///
/// Reading and deciding are apart, because a fault may strike between them: an arrival is counted when the request
/// has been read, whether or not anything is done with it.
struct MessageDesk: Sendable {
  let graph: MetaGraph

  /// A message that was read and counted.
  struct Arrival: Sendable {
    let call: GraphCall
    let numberID: String
    /// Its place in the ledger; nil for a read receipt, or when the ledger is full.
    let index: Int?
    let isReadReceipt: Bool
    let recipient: String
    let type: String
    let text: String
    /// The member named like the type; nil for plain texts.
    let content: JSONValue?
    let callbackData: String?
  }

  func arrive(_ call: GraphCall, numberID: String) -> Arrival {
    let isReadReceipt = call.text("status") == "read"
    let type = call.text("type") ?? "text"
    let shape = MessageShape(call: call)
    let (text, content) = (shape.words, shape.content)
    let recipient = call.text("to").map { recipientDigits($0, numberID) } ?? call.text("recipient") ?? ""
    let data = call.text("biz_opaque_callback_data")
    var index: Int?
    if !isReadReceipt {
      index = graph.ledger.arrived(
        OutgoingRecord(
          at: graph.clock.now, phoneNumberID: numberID, recipient: recipient, type: type, text: text,
          callbackData: data, content: content))
    }
    return Arrival(
      call: call, numberID: numberID, index: index, isReadReceipt: isReadReceipt, recipient: recipient, type: type,
      text: text, content: content, callbackData: data)
  }

  /// Accepts or refuses, as Graph would.
  func decide(_ arrival: Arrival) -> GraphReply {
    do throws(GraphError) {
      let number = try graph.number(arrival.numberID, for: arrival.call)
      try MetaGraph.requireProduct(arrival.call)
      if arrival.isReadReceipt { return try markRead(arrival) }
      return try accept(arrival, from: number)
    } catch {
      if let index = arrival.index { graph.ledger.refused(index, code: error.code) }
      return GraphReply(error)
    }
  }

  /// Without a plus Meta prepends the business's country code, even to a number that has one.
  private func recipientDigits(_ to: String, _ numberID: String) -> String {
    if to.hasPrefix("+") { return PhoneDigits(to)?.digits ?? to }
    let country = graph.state.withLock { $0.numbers[numberID]?.phone.countryCode } ?? ""
    return PhoneDigits(country + to)?.digits ?? to
  }

  private func markRead(_ arrival: Arrival) throws(GraphError) -> GraphReply {
    let id = try arrival.call.required("message_id")
    guard graph.ledger.knows(inbound: id) else {
      throw GraphError.ordered(131_009, Fault.Parameters(details: "message_id: unknown message"))
    }
    if let typing = arrival.call.node("typing_indicator") {
      guard typing["type"]?.string == "text" else {
        throw GraphError.ordered(131_009, Fault.Parameters(details: "typing_indicator['type']: text"))
      }
      graph.ledger.count { $0.typingIndicators += 1 }
    }
    graph.ledger.count { $0.readReceipts += 1 }
    return .success
  }

  private func accept(_ arrival: Arrival, from number: MetaNumber) throws(GraphError) -> GraphReply {
    guard let index = arrival.index else {
      throw GraphError.ordered(4, Fault.Parameters(details: "The sandbox's ledger is full."))
    }
    guard number.isRegistered else {
      throw GraphError(
        133010, "(#133010) Account not registered", details: "Register the account before sending messages.")
    }
    try check(arrival)
    let now = graph.clock.now
    let maySend = graph.state.withLock { $0.maySend(number: number.id, perSecond: graph.throughput, now: now) }
    if !maySend {
      throw GraphError.ordered(
        130429, Fault.Parameters(details: "Cloud API message throughput has been reached."))
    }
    let customer = try customer(of: arrival)
    if customer == number.phone {
      throw GraphError.ordered(131021, Fault.Parameters(details: "Sender and recipient are the same."))
    }
    let message = AcceptedMessage(
      id: MetaIdentifier.message(), number: number, customer: customer, arrival: arrival, at: now)
    graph.ledger.accepted(index, wamid: message.id)
    return finish(message)
  }

  private func check(_ arrival: Arrival) throws(GraphError) {
    if let data = arrival.callbackData, data.utf16.count > 512 {
      throw GraphError.invalid("biz_opaque_callback_data", "at most 512 characters")
    }
    switch arrival.type {
    case "text":
      if arrival.text.isEmpty { throw Self.missing("text['body']") }
      if arrival.text.utf16.count > 4_096 {
        throw GraphError(
          100, "(#100) Param text['body'] must be at most 4096 characters long.",
          details: "Param text['body'] must be at most 4096 characters long.")
      }
    case "template":
      if arrival.text.isEmpty { throw Self.missing("template['name']") }
      if arrival.call.node("template")?["language"]?["code"]?.string == nil {
        throw Self.missing("template['language']['code']")
      }
      try checkTemplate(arrival)
    default:
      if !MessageShape.types.contains(arrival.type) {
        throw GraphError.ordered(131051, Fault.Parameters(details: "The sandbox plays no messages of this type."))
      }
    }
    if arrival.type == "text" || arrival.type == "template" { return }
    try MessageShape(call: arrival.call).check(arrival.type) { graph.ledger.knows($0) }
  }

  private func customer(of arrival: Arrival) throws(GraphError) -> PhoneDigits {
    if arrival.call.text("to") != nil {
      guard let phone = PhoneDigits(arrival.recipient) else {
        throw GraphError.ordered(131009, Fault.Parameters(details: "Recipient phone number is not valid."))
      }
      return phone
    }
    guard !arrival.recipient.isEmpty else { throw Self.missing("to") }
    guard let phone = graph.phones.phone(userID: arrival.recipient) else {
      throw GraphError.ordered(131009, Fault.Parameters(details: "Recipient user id is not valid."))
    }
    return phone
  }

  private static func missing(_ parameter: String) -> GraphError {
    GraphError.ordered(131008, Fault.Parameters(details: "The parameter \(parameter) is required."))
  }

  // MARK: After acceptance

  private struct AcceptedMessage {
    let id: String
    let number: MetaNumber
    let customer: PhoneDigits
    let arrival: Arrival
    let at: Int64
  }

  private func finish(_ message: AcceptedMessage) -> GraphReply {
    let account = graph.state.withLock { $0.accounts[message.number.wabaID] }
    let userID = graph.phones.userID(of: message.customer, business: account?.businessID ?? "")
    let phone = graph.phones[message.customer]
    let failure = failure(of: message, phone)
    if failure == nil {
      graph.phones.update(message.customer) { phone in
        phone.receive(
          Phone.Message(
            id: message.id, from: message.number.phone, type: message.arrival.type, text: message.arrival.text,
            content: message.arrival.content, callbackData: message.arrival.callbackData, at: message.at))
      }
    }
    if let account, let subscription = account.subscription {
      graph.webhooks.sendStatuses(
        statuses(of: message, userID, phone, failure).map { status in
          WebhookUpdate(
            wabaID: account.id, phoneNumberID: message.number.id, displayNumber: message.number.phone.digits,
            overrideURL: message.number.webhookOverride ?? subscription.overrideURL, content: .status(status))
        })
    }
    var answer: JSONObject = ["id": .string(message.id)]
    if message.arrival.type == "template" { answer["message_status"] = "accepted" }
    return GraphReply([
      "messaging_product": "whatsapp",
      "contacts": [
        [
          "input": .string(message.arrival.call.text("to") ?? message.arrival.recipient),
          "wa_id": .string(message.customer.digits), "user_id": .string(userID),
        ]
      ],
      "messages": [.object(answer)],
    ])
  }

  /// Why it will never arrive; Meta says so later, by webhook.
  private func failure(of message: AcceptedMessage, _ phone: Phone) -> GraphError? {
    if !phone.isOnWhatsApp {
      return GraphError.ordered(131026, Fault.Parameters(details: "Message undeliverable."))
    }
    if message.arrival.type == "template" { return nil }
    let isOpen = graph.state.withLock {
      $0.isWindowOpen(number: message.number.id, customer: message.customer, now: message.at)
    }
    if isOpen { return nil }
    return GraphError.ordered(
      131047,
      Fault.Parameters(
        details: "Message failed to send because more than 24 hours have passed since the customer last replied to "
          + "this number."))
  }

  private func statuses(
    of message: AcceptedMessage, _ userID: String, _ phone: Phone, _ failure: GraphError?
  ) -> [MessageStatus] {
    let template = MessageStatus(
      messageID: message.id, name: "sent", timestamp: message.at,
      recipient: phone.hidesNumber ? nil : message.customer.digits, userID: userID,
      callbackData: message.arrival.callbackData, category: nil, error: nil)
    func status(_ name: String, category: String? = nil, error: GraphError? = nil) -> MessageStatus {
      var status = template
      status.name = name
      status.category = category
      status.error = error
      return status
    }
    if let failure { return [status("failed", error: failure)] }
    let category =
      message.arrival.type == "template"
      ? (self.template(of: message.arrival)?.category ?? "utility").lowercased() : "service"
    var statuses = [status("sent", category: category), status("delivered", category: category)]
    if phone.sendsReadReceipts { statuses.append(status("read", category: nil)) }
    return statuses
  }
}
