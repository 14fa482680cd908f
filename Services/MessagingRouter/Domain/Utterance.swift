import Contracts

/// What one side of a conversation said.
struct Utterance: Sendable, Equatable {
  var direction: Message.Direction
  var text: String
}
