/// An AI assistant that answers customers of the senders it is bound to.
package struct Assistant: Codable, Sendable, Equatable {
  package var id: AssistantID
  package var name: String
  /// The system prompt.
  package var instructions: String
  /// The provider's model name.
  package var model: String
  /// 0 to 1.
  package var temperature: Double
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: AssistantID, name: String, instructions: String, model: String, temperature: Double, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.instructions = instructions
    self.model = model
    self.temperature = temperature
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
