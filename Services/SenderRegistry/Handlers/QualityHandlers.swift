import Contracts
import Store
import Wire

/// Quality and limits as people see them.
struct QualityHandlers: Sendable {
  let database: Database

  func get(_ call: SenderRegistryAPI.GetSenderQuality, _ context: CallContext) async throws -> SenderQuality {
    let account = try context.accountID
    guard let row = try await database.read({ try $0.sender(call.id, account: account) }) else {
      throw CallFailure.senderNotFound(call.id)
    }
    return SenderQuality(
      senderID: row.id, rating: row.qualityRating, messagingLimit: row.messagingLimit.map { MessagingTiers.tier($0) },
      throughput: row.throughput, portfolioID: row.businessID,
      updatedAt: row.stateReadAt.map { Timestamp(milliseconds: $0) })
  }

  func readings(
    _ call: SenderRegistryAPI.ListSenderReadings, _ context: CallContext
  ) async throws -> Page<SenderReading> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let before = try PageNumber.before(call.cursor)
    if let field = call.field, ReadingField(rawValue: field) == nil {
      let known = ReadingField.allCases.map(\.rawValue).joined(separator: ", ")
      throw CallFailure.invalidArgument("FIELD_UNKNOWN", "field: one of \(known)", field: "field")
    }
    return try await database.read { connection in
      guard try connection.sender(call.id, account: account) != nil else { throw CallFailure.senderNotFound(call.id) }
      let rows = try connection.readings(call.id, field: call.field, before: before, limit: limit + 1)
      return PageNumber.page(rows.map { ($0.sequence, $0.reading) }, limit: limit)
    }
  }

  func tiers(_ call: SenderRegistryAPI.ListMessagingTiers, _ context: CallContext) async throws -> Page<MessagingTier> {
    Page(data: MessagingTiers.all, nextCursor: nil)
  }
}
