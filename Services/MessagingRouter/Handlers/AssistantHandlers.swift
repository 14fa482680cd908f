import Contracts
import Crypto
import Store
import Telemetry
import Wire

/// Assistants and what they are bound to.
struct AssistantHandlers: Sendable {
  let database: Database
  let clock: WallClock
  let defaultModel: String
  let defaultTemperature = 0.1

  func create(_ call: MessagingRouterAPI.CreateAssistant, _ context: CallContext) async throws -> Assistant {
    let account = try context.requiredAccount
    try Self.check(call.name, "name", 1...255)
    try Self.check(call.instructions, "instructions", 1...20_000)
    let model = call.model ?? defaultModel
    try Self.check(model, "model", 1...255)
    let temperature = call.temperature ?? defaultTemperature
    guard (0...1).contains(temperature) else {
      throw CallFailure.invalidArgument("TEMPERATURE_OUT_OF_RANGE", "temperature is 0 to 1", field: "temperature")
    }
    let now = Timestamp(milliseconds: clock.now)
    let assistant = Assistant(
      id: AssistantID(trusted: "ast_" + ULID.make(milliseconds: now.milliseconds)), name: call.name,
      instructions: call.instructions, model: model, temperature: temperature, createdAt: now, updatedAt: now)
    try await database.write { try AssistantRow.insert(assistant, account: account, $0) }
    return assistant
  }

  func get(_ call: MessagingRouterAPI.GetAssistant, _ context: CallContext) async throws -> Assistant {
    let account = try context.requiredAccount
    return try await database.read { try Self.found(try AssistantRow.find(id: call.id, account: account, $0)) }
  }

  func list(_ call: MessagingRouterAPI.ListAssistants, _ context: CallContext) async throws -> Page<Assistant> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read {
      try AssistantRow.list(account: account, before: before, limit: limit + 1, $0)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }

  func binding(_ call: MessagingRouterAPI.GetBinding, _ context: CallContext) async throws -> MessagingRouterAPI.Binding
  {
    let account = try context.requiredAccount
    return try await database.read { connection in
      try Self.checkOwner(of: call.senderID, account, connection)
      return try BindingRow.find(sender: call.senderID, connection)
    }
  }

  /// The registry has checked that the sender is the account's; one that is known here as another's is refused again.
  func bind(_ call: MessagingRouterAPI.SetBinding, _ context: CallContext) async throws -> MessagingRouterAPI.Binding {
    let account = try context.requiredAccount
    let now = clock.now
    return try await database.write { connection in
      try Self.checkOwner(of: call.senderID, account, connection)
      var binding = try BindingRow.find(sender: call.senderID, connection)
      if let assistant = call.assistantID {
        _ = try Self.found(try AssistantRow.find(id: assistant, account: account, connection))
        binding.assistantID = assistant
        // Who binds an assistant wants it to answer, unless told otherwise in the same call.
        if call.aiEnabled == nil { binding.aiEnabled = true }
      }
      if let enabled = call.aiEnabled {
        if enabled, binding.assistantID == nil {
          throw CallFailure.failedPrecondition(
            "ASSISTANT_REQUIRED", "bind an assistant before switching its answers on")
        }
        binding.aiEnabled = enabled
      }
      try BindingRow.save(binding, account: account, at: now, connection)
      return binding
    }
  }

  private static func checkOwner(of sender: SenderID, _ account: String, _ connection: Connection) throws {
    if let owner = try BindingRow.owner(of: sender, connection), owner != account {
      throw CallFailure.notFound("SENDER_NOT_FOUND", "no such sender in this account")
    }
  }

  private static func found(_ assistant: Assistant?) throws -> Assistant {
    guard let assistant else { throw CallFailure.notFound("ASSISTANT_NOT_FOUND", "no such assistant in this account") }
    return assistant
  }

  private static func check(_ text: String, _ field: String, _ bounds: ClosedRange<Int>) throws {
    guard bounds.contains(text.unicodeScalars.count) else {
      throw CallFailure.invalidArgument(
        "LENGTH_OUT_OF_RANGE", "\(field) has \(bounds.lowerBound) to \(bounds.upperBound) characters", field: field)
    }
  }
}
