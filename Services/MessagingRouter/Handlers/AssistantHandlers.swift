import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

/// Assistants and what they are bound to.
struct AssistantHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let clock: WallClock
  let defaultModel: String
  /// Called when replies were withdrawn: their failed status is to be handed over.
  let onWithdrawn: @Sendable () -> Void
  let defaultTemperature = 0.1

  /// The calls of this noun.
  func add(to router: inout Router) {
    router.on(create)
    router.on(get)
    router.on(list)
    router.on(update)
    router.on(delete)
    router.on(binding)
    router.on(bindings)
    router.on(bind)
  }

  /// A repeated idempotency key answers with the first assistant.
  func create(_ call: MessagingRouterAPI.CreateAssistant, _ context: CallContext) async throws -> Assistant {
    let account = try context.requiredAccount
    try AssistantChecks.check(call)
    let now = Timestamp(milliseconds: clock.now)
    let kind = call.kind ?? .model
    let assistant = Assistant(
      id: AssistantID(trusted: "ast_" + ULID.make(milliseconds: now.milliseconds)), name: call.name, kind: kind,
      instructions: call.instructions, model: kind == .model ? call.model ?? defaultModel : nil,
      temperature: kind == .model ? call.temperature ?? defaultTemperature : nil, pairs: call.pairs ?? [],
      fallback: call.fallback, createdAt: now, updatedAt: now)
    return try await database.write { [keyring] connection in
      try connection.once(call, context, keyring, now: now.milliseconds) {
        let after = now.milliseconds - SavedAnswers.keptMilliseconds
        if let key = context.key,
          let first = try AssistantRow.find(earlierKey: key, account: account, after: after, connection)
        {
          guard try first.hash == SHA256.hash(JSONCoder.encode(call)) else { throw CallFailure.idempotencyKeyReused }
          return first.assistant
        }
        try AssistantRow.insert(assistant, account: account, connection)
        return assistant
      }
    }
  }

  func get(_ call: MessagingRouterAPI.GetAssistant, _ context: CallContext) async throws -> Assistant {
    let account = try context.requiredAccount
    return try await database.read { try Self.found(try AssistantRow.find(id: call.id, account: account, $0)) }
  }

  func list(_ call: MessagingRouterAPI.ListAssistants, _ context: CallContext) async throws -> Page<Assistant> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    return try await database.read {
      try AssistantRow.page(account: account, before: before, limit: limit, $0)
    }
  }

  func binding(_ call: MessagingRouterAPI.GetBinding, _ context: CallContext) async throws -> MessagingRouterAPI.Binding
  {
    let account = try context.requiredAccount
    return try await database.read { connection in
      try Self.checkOwner(of: call.senderID, account, connection)
      return try BindingRow.find(sender: call.senderID, connection)
    }
  }

  func bindings(
    _ call: MessagingRouterAPI.ListBindings, _ context: CallContext
  ) async throws -> MessagingRouterAPI.ListBindings.Reply {
    let account = try context.requiredAccount
    guard (1...MessagingRouterAPI.ListBindings.mostSenders).contains(call.senderIDs.count) else {
      throw CallFailure.invalidArgument(
        "SENDER_IDS_OUT_OF_RANGE",
        "sender_ids: 1 to \(MessagingRouterAPI.ListBindings.mostSenders) ids, not \(call.senderIDs.count)",
        field: "sender_ids")
    }
    return try await database.read { .init(data: try BindingRow.all(of: call.senderIDs, account: account, $0)) }
  }

  /// The registry has checked that the sender is the account's; one that is known here as another's is refused again.
  func bind(_ call: MessagingRouterAPI.SetBinding, _ context: CallContext) async throws -> MessagingRouterAPI.Binding {
    let account = try context.requiredAccount
    let now = clock.now
    let onWithdrawn = onWithdrawn
    return try await database.write { connection in
      try Self.checkOwner(of: call.senderID, account, connection)
      var binding = try BindingRow.find(sender: call.senderID, connection)
      switch call.assistantID {
      case .absent: break
      case .null:
        binding.assistantID = nil
        // Who binds an assistant later has not said yet that it shall answer.
        binding.aiEnabled = false
      case .set(let assistant):
        _ = try Self.found(try AssistantRow.find(id: assistant, account: account, connection))
        // Who binds the first assistant wants it to answer; what was switched off by hand stays off.
        if try !BindingRow.isSet(sender: call.senderID, connection) { binding.aiEnabled = true }
        binding.assistantID = assistant
      }
      if let enabled = call.aiEnabled {
        if enabled, binding.assistantID == nil {
          throw CallFailure.failedPrecondition(
            "ASSISTANT_REQUIRED", "bind an assistant before switching its answers on")
        }
        binding.aiEnabled = enabled
      }
      guard !call.assistantID.isAbsent || call.aiEnabled != nil else { return binding }
      try BindingRow.save(binding, account: account, at: now, connection)
      // What the assistant said and nobody has sent yet (the sender was offline, say) is not sent any more.
      let speaking = binding.aiEnabled ? binding.assistantID : nil
      if try OutboundRow.withdrawReplies(of: call.senderID, except: speaking, at: now, connection) > 0 {
        connection.afterCommit(onWithdrawn)
      }
      return binding
    }
  }

  private static func checkOwner(of sender: SenderID, _ account: String, _ connection: Connection) throws {
    if let owner = try BindingRow.owner(of: sender, connection), owner != account {
      throw SendRefusal.senderNotFound.failure("no such sender in this account")
    }
  }

  static func found(_ assistant: Assistant?) throws -> Assistant {
    guard let assistant else { throw CallFailure.notFound("ASSISTANT_NOT_FOUND", "no such assistant in this account") }
    return assistant
  }
}
