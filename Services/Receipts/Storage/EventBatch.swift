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
  private var places: [Place: EventPlace] = [:]
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
      return try EventRow.record(
        status, to: place(of: status.senderID, status.accountID), at: now, connection)
    }
    if let happening = event.happening {
      if try isErased(happening.conversationID) { return .known }
      return try EventRow.record(happening, at: now, connection)
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

  private mutating func place(of sender: SenderID, _ account: AccountID) throws -> EventPlace {
    let key = Place(sender: sender, account: account)
    if let known = places[key] { return known }
    let found = try EventPlace(sender, account: account, connection)
    places[key] = found
    return found
  }
}
