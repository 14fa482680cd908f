import Contracts
import Store

/// Stores a hand-over: one transaction, and one look at each sender, however many of its events there are.
struct EventBatch {
  private struct Place: Hashable {
    var sender: SenderID
    var account: AccountID
  }

  private let now: Int64
  private let connection: Connection
  private var senders: [Place: SenderRow] = [:]
  private var audience = Audience()
  /// Webhooks that have got something new, and whether they took what they were sent last.
  private(set) var woken: [WebhookID: Bool] = [:]
  /// Nearly always false: then no event is looked up among the erased.
  private var knowsErasures: Bool

  init(at now: Int64, _ connection: Connection) throws {
    self.now = now
    self.connection = connection
    knowsErasures =
      try connection.first("SELECT EXISTS (SELECT 1 FROM erased_conversations)") { try $0.bool(0) } ?? false
  }

  mutating func record(_ event: HandedEvent) throws -> ReceiptsAPI.RecordEvents.Outcome {
    if let status = event.status {
      if try isErased(status.conversationID) { return .known }
      return try store(NewEvent(status, sender: sender(status.senderID, status.accountID)))
    }
    if let happening = event.happening {
      if try isErased(happening.conversationID) { return .known }
      return try store(NewEvent(happening))
    }
    guard let erasure = event.erasure else { return .refused }
    knowsErasures = true
    return try ErasureRow.accept(erasure, at: now, connection)
  }

  /// What still comes of a conversation whose person was erased is taken, and not kept.
  private func isErased(_ conversation: ConversationID?) throws -> Bool {
    guard knowsErasures, let conversation else { return false }
    return try connection.first(
      "SELECT 1 FROM erased_conversations WHERE conversation_id = ?", conversation.text, map: { _ in true }) ?? false
  }

  private mutating func store(_ event: NewEvent?) throws -> ReceiptsAPI.RecordEvents.Outcome {
    guard let event else { return .refused }
    let webhooks = try audience.webhooks(for: event.type, of: event.sender, in: event.account, connection)
    let outcome = try EventRow.record(event, to: webhooks, at: now, connection)
    if outcome == .stored {
      for webhook in webhooks where webhook.pause == nil { woken[webhook.id] = webhook.isProven }
    }
    return outcome
  }

  /// A sender that the replica does not know yet costs the receipt its name, never the event.
  private mutating func sender(_ id: SenderID, _ account: AccountID) throws -> SenderRow {
    let key = Place(sender: id, account: account)
    if let known = senders[key] { return known }
    let found =
      try SenderRow.find(id: id, account: account.text, connection)
      ?? SenderRow(id: id, phoneNumber: nil, displayName: nil)
    senders[key] = found
    return found
  }
}
