import Contracts
import Crypto
import Store
import Wire
import Workers

/// Answers that are messages: kept for a repeat of the call without what was said, which the message's row has. Once a
/// person is erased, no repeat gives it back.
extension Connection {
  func once<C: Call>(
    _ call: C, _ context: CallContext, _ keyring: SealingKeyring, now: Int64, _ work: () throws -> Message
  ) throws -> Message where C.Reply == Message {
    try once(
      call, context, keyring, now: now, stored: { $0.withoutWords }, restored: { try $0.withWords(self) }, work)
  }
}

extension KeyedCalls {
  func once<C: Call, Started: Sendable>(
    _ call: C, _ context: CallContext,
    begin: @escaping @Sendable (Connection) throws -> Beginning<Message, Started>,
    truth: @escaping @Sendable (Connection, _ reference: String) throws -> Message,
    perform: (Started) async throws -> Message
  ) async throws -> Message where C.Reply == Message {
    try await once(
      call, context, stored: { $0.withoutWords }, restored: { try $0.withWords($1) }, begin: begin, truth: truth,
      perform: perform)
  }
}

extension Message {
  fileprivate var withoutWords: Message {
    var message = self
    message.text = nil
    message.content = nil
    // Empty where there was one.
    message.metaMessageID = metaMessageID.map { _ in "" }
    return message
  }

  /// As it was answered, with what is said to this day.
  fileprivate func withWords(_ connection: Connection) throws -> Message {
    let stored = try MessageRow.find(id: id.text, connection)
    var message = self
    message.text = stored?.text
    message.content = stored?.content
    if metaMessageID != nil { message.metaMessageID = stored?.metaMessageID }
    return message
  }
}
