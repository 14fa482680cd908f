import Contracts
import JSON
import Store
import Telemetry
import Wire

extension AssistantHandlers {
  /// Merges, and checks the outcome as if it were created so.
  func update(_ call: MessagingRouterAPI.UpdateAssistant, _ context: CallContext) async throws -> Assistant {
    let account = try context.requiredAccount
    let now = Timestamp(milliseconds: clock.now)
    return try await database.write { connection in
      var assistant = try Self.found(try AssistantRow.find(id: call.id, account: account, connection))
      try IfVersion.check(call.ifVersion, current: assistant.version)
      let before = assistant
      merge(call, into: &assistant)
      guard assistant != before else { return before }
      try AssistantChecks.check(
        MessagingRouterAPI.CreateAssistant(
          name: assistant.name, kind: assistant.kind, instructions: assistant.instructions, model: assistant.model,
          temperature: assistant.temperature,
          pairs: assistant.kind == .model && assistant.pairs.isEmpty
            ? nil : assistant.pairs, fallback: assistant.fallback))
      assistant.version += 1
      assistant.updatedAt = now
      try AssistantRow.update(assistant, connection)
      return assistant
    }
  }

  private func merge(_ call: MessagingRouterAPI.UpdateAssistant, into assistant: inout Assistant) {
    if let name = call.name { assistant.name = name }
    if let pairs = call.pairs { assistant.pairs = pairs }
    assistant.instructions = call.instructions.applied(to: assistant.instructions)
    assistant.fallback = call.fallback.applied(to: assistant.fallback)
    assistant.model = call.model.applied(to: assistant.model)
    assistant.temperature = call.temperature.applied(to: assistant.temperature)
    guard assistant.kind == .model else { return }
    // A model without these cannot be asked: null means the service's own.
    assistant.model = assistant.model ?? defaultModel
    assistant.temperature = assistant.temperature ?? defaultTemperature
  }

  /// Refused while a sender is bound to it: nobody loses its assistant by the way.
  func delete(_ call: MessagingRouterAPI.DeleteAssistant, _ context: CallContext) async throws -> Done {
    let account = try context.requiredAccount
    return try await database.write { connection in
      let assistant = try Self.found(try AssistantRow.find(id: call.id, account: account, connection))
      try IfVersion.check(call.ifVersion, current: assistant.version)
      let bound = try BindingRow.count(of: call.id, connection)
      guard bound == 0 else {
        throw CallFailure.failedPrecondition(
          "ASSISTANT_IN_USE", "\(bound) sender(s) are bound to this assistant: unbind it with assistant_id null first",
          details: ["senders": .integer(Int64(bound))])
      }
      try AssistantRow.delete(call.id, connection)
      return Done()
    }
  }
}
