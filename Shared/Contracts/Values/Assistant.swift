/// An assistant that answers customers of the senders it is bound to.
package struct Assistant: Codable, Sendable, Equatable {
  /// Who words the answers.
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// Question/answer pairs with a fallback sentence; asks nobody.
    case builtIn = "built_in"
    /// A model behind a server with OpenAI's chat completions.
    case model
  }

  /// What a customer may ask, and the answer to it.
  package struct Pair: Codable, Sendable, Equatable {
    /// 1 to 300 characters. Case, punctuation and accents do not matter.
    package var question: String
    /// 1 to 4,096 characters.
    package var answer: String

    package init(question: String, answer: String) {
      self.question = question
      self.answer = answer
    }
  }

  package var id: AssistantID
  package var name: String
  package var kind: Kind
  /// The system prompt of a `model`.
  package var instructions: String?
  /// The provider's model name; only of a `model`.
  package var model: String?
  /// 0 to 1; only of a `model`.
  package var temperature: Double?
  /// Only of a `built_in`; of pairs that fit equally well the earlier one answers.
  package var pairs: [Pair]
  /// What a `built_in` says when no pair fits.
  package var fallback: String?
  /// Counts up with every change.
  package var version: Int64
  package var createdAt: Timestamp
  package var updatedAt: Timestamp

  package init(
    id: AssistantID, name: String, kind: Kind = .model, instructions: String? = nil, model: String? = nil,
    temperature: Double? = nil, pairs: [Pair] = [], fallback: String? = nil, version: Int64 = 1, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.name = name
    self.kind = kind
    self.instructions = instructions
    self.model = model
    self.temperature = temperature
    self.pairs = pairs
    self.fallback = fallback
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
