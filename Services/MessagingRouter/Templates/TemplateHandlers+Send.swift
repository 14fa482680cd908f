import Contracts
import JSON
import Store
import Telemetry
import Wire
import Workers

extension TemplateHandlers {
  /// Queues a template by its id. What does not fit makes the template be read at Meta once, and is then told.
  func send(_ call: MessagingRouterAPI.SendTemplate, _ context: CallContext) async throws -> Message {
    let account = try context.requiredAccount
    try Self.check(call)
    try await refreshMisfit(call, account)
    let now = clock.now
    let message = try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now) {
        try Self.queue(call, account: account, at: now, connection)
      }
    }
    onQueued()
    return message
  }

  private static func check(_ call: MessagingRouterAPI.SendTemplate) throws {
    if let name = call.recipientName { try AssistantChecks.length(name, "recipient_name", 1...255) }
    guard (call.variables ?? [:]).count <= 200 else {
      throw CallFailure.invalidArgument("VARIABLES_TOO_LARGE", "variables: at most 200", field: "variables")
    }
    for (name, value) in call.variables ?? [:] where value.utf8.count > 4_096 {
      throw CallFailure.invalidArgument(
        "VARIABLES_TOO_LARGE", "variables.\(name): at most 4096 bytes", field: "variables.\(name)")
    }
    if let sendAt = call.sendAt, let expiresAt = call.expiresAt, expiresAt <= sendAt {
      throw CallFailure.invalidArgument(
        "EXPIRES_TOO_EARLY", "expires_at lies behind send_at", field: "expires_at")
    }
  }

  private static func phone(_ text: String) throws(CallFailure) -> PhoneNumber {
    do throws(ValueFailure) {
      return try PhoneNumber(parsing: text)
    } catch {
      throw .invalidArgument("INVALID_PHONE", "to: \(error.message)", field: "to")
    }
  }

  /// A look before the write, so that nothing is asked of Meta within it. What is refused here is refused there.
  private func refreshMisfit(_ call: MessagingRouterAPI.SendTemplate, _ account: String) async throws {
    let isMisfit = try await database.read { connection in
      guard let row = try TemplateRow.find(id: call.templateID, account: account, connection), row.failure == nil else {
        return false
      }
      if row.template.status != .approved { return row.template.metaTemplateID != nil }
      let (content, problems) = Self.filled(call, row.template)
      return !problems.isEmpty || !TemplateParameters.check(content, against: row.template).isEmpty
    }
    if isMisfit { _ = await refresh.refresh(call.templateID) }
  }

  private static func filled(
    _ call: MessagingRouterAPI.SendTemplate, _ template: Template
  ) -> (content: TemplateMessage, problems: [TemplateProblem]) {
    TemplateFilling.fill(
      template, variables: call.variables ?? [:],
      media: TemplateMedia(header: call.headerMedia, location: call.headerLocation, cards: call.cardMedia ?? []))
  }

  private static func queue(
    _ call: MessagingRouterAPI.SendTemplate, account: String, at now: Int64, _ connection: Connection
  ) throws -> Message {
    guard let sender = try SenderRow.find(id: call.senderID, account: account, connection) else {
      throw TemplateFailures.senderNotFound
    }
    let template = try found(call.templateID, account, connection).template
    let phone = try phone(call.to)
    guard sender.status == .online else { throw TemplateFailures.offline(sender.status) }
    try TemplateCheck.sendable(template, sender: sender, connection)
    let (content, problems) = filled(call, template)
    guard problems.isEmpty else { throw problems.failure(.failedPrecondition, "TEMPLATE_MISMATCH") }
    let resolved = try TemplateCheck.resolve(content, template, sender: sender, connection)
    let contact = try ContactRow.forSending(
      phoneNumber: phone.text, name: call.recipientName, sender: sender, at: now, connection)
    if template.category == .marketing, try OptOuts.blocksMarketing(contact: contact, sender: sender, connection) {
      throw CallFailure.failedPrecondition(
        "OPTED_OUT", "the customer does not want marketing messages: do not send any")
    }
    var new = NewMessage(
      account: account, sender: sender.id,
      conversation: try ConversationRow.opened(contact: contact, sender: sender, at: now, connection),
      type: "template", text: resolved.text, content: MessageContent(template: content), origin: .api)
    new.template = resolved.id
    new.category = resolved.category
    new.sendAt = call.sendAt?.milliseconds
    new.expiresAt = call.expiresAt?.milliseconds
    guard let id = try new.queue(at: now, connection),
      let message = try MessageRow.find(id: id.text, account: account, connection)
    else { throw CallFailure.internal("the message was not stored") }
    return message
  }
}
