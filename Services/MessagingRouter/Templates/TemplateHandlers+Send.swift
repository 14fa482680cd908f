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
    let now = clock.now
    let message = try await refresh.retrying {
      try await database.write { [keyring] connection in
        try connection.onceQueued(call, context, keyring, now: now) {
          try Self.queue(call, account: account, at: now, connection)
        }
      }
    }
    onQueued()
    return message
  }

  private static func check(_ call: MessagingRouterAPI.SendTemplate) throws {
    guard (call.variables ?? [:]).count <= 200 else {
      throw CallFailure.invalidArgument("VARIABLES_TOO_LARGE", "variables: at most 200", field: "variables")
    }
    for (name, value) in call.variables ?? [:] where value.utf8.count > 4_096 {
      throw CallFailure.invalidArgument(
        "VARIABLES_TOO_LARGE", "variables.\(name): at most 4096 bytes", field: "variables.\(name)")
    }
    if let place = call.headerLocation { try ContentRules.check(place, "header_location") }
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
    let plan = try SendPlan(sender: call.senderID, account: account, at: now, connection)
    let template = try found(call.templateID, account, connection).template
    try TemplateCheck.sendable(template, sender: plan.sender, connection)
    let (content, problems) = filled(call, template)
    guard problems.isEmpty else { throw problems.failure(.failedPrecondition, "TEMPLATE_MISMATCH", of: template.id) }
    // From here on it is a message like those that name the template themselves.
    var long = MessagingRouterAPI.SendMessage(
      senderID: call.senderID, template: content, sendAt: call.sendAt, expiresInSeconds: call.expiresInSeconds,
      recipientName: call.recipientName)
    long.to = call.to
    long.resend = call.resend
    try SendHandlers.checkTimes(long, at: now)
    return try plan.queue(try SendHandlers.content(of: long), long, connection)
  }
}
