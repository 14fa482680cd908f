import Crypto
import Foundation
import MessagingRouter
import Store

/// Customers with a conversation each, and messages to them that Meta has accepted, written into the database of a
/// router that does not run.
struct RatePlanting {
  /// What those messages say.
  static let text = "Your order is ready."

  let path: String
  let sender: String
  let account: String
  /// The scope of Meta's user ids.
  let scope: String

  func plant(_ sent: Int) async throws {
    let database = try Database(path: path, migrations: MessagingRouterService.migrations)
    defer { database.close() }
    let now = Int64(Date().timeIntervalSince1970 * 1_000)
    try await database.write { connection in
      for number in 0..<RateMill.customers {
        try connection.execute(
          """
          INSERT INTO contacts (id, account_id, portfolio_id, user_id, phone_number, name, created_at, updated_at)
          VALUES (?1, ?2, ?3, ?4, ?5, 'Sheena Nelson', ?6, ?6)
          """, contact(number), account, scope, RateMill.user(number), "+" + RateMill.customer(number), now)
        try connection.execute(
          """
          INSERT INTO conversations (id, account_id, sender_id, contact_id, window_expires_at, last_message_at,
            created_at)
          VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5)
          """, conversation(number), account, sender, contact(number), now)
      }
    }
    for start in stride(from: 0, to: sent, by: 10_000) {
      try await database.write { connection in
        for number in start..<min(start + 10_000, sent) {
          try connection.execute(
            """
            INSERT INTO messages (id, account_id, sender_id, conversation_id, direction, type, text, status,
              meta_message_id, created_at, updated_at)
            VALUES (?1, ?2, ?3, ?4, 'outbound', 'text', ?7, 'accepted', ?5, ?6, ?6)
            """, "msg_" + ULID.make(milliseconds: now), account, sender, conversation(number), RateMill.sentID(number),
            now, Self.text)
        }
      }
    }
  }

  private func contact(_ number: Int) -> String { PlantedID.text("con", number % RateMill.customers) }
  private func conversation(_ number: Int) -> String { PlantedID.text("cnv", number % RateMill.customers) }
}
