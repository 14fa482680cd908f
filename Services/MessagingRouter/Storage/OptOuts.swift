import Contracts
import Store

/// What contacts do not want to hear of, and since when.
enum OptOuts {
  /// The one category that people can refuse.
  static let marketing = "marketing"

  /// Whether nothing of marketing may be sent to this contact. One look into an index.
  static func blocksMarketing(contact: String, sender: SenderRow, _ connection: Connection) throws -> Bool {
    try connection.first(
      """
      SELECT 1 FROM contact_preferences
      WHERE contact_id = ? AND category = 'marketing' AND account_id = ? AND is_opted_out = 1
      """, contact, sender.account.text, map: { _ in true }) ?? false
  }
}
