import Contracts
import Store

/// Which senders of an account a list shows.
struct SenderFilter: Sendable {
  var status: SenderStatus?
  var origin: Sender.Origin?
  var qualityRating: String?
  var portfolioID: String?
  var phoneNumber: PhoneNumber?
  /// A part of the display name.
  var search: String?
}

extension Connection {
  /// Senders of an account, newest first, after `cursor`.
  func senders(
    account: AccountID, _ filter: SenderFilter = SenderFilter(), after cursor: String? = nil, limit: Int
  ) throws -> [SenderRow] {
    // An id sorts by its time; no id is above the text after every possible one.
    var clauses = ["account_id = ?", "id < ?", "deleted_at IS NULL"]
    var values: [any SQLConvertible] = [account.text, cursor ?? "snd_~"]
    func add(_ clause: String, _ value: String?) {
      guard let value else { return }
      clauses.append(clause)
      values.append(value)
    }
    add("status = ?", filter.status?.rawValue)
    add("origin = ?", filter.origin?.rawValue)
    add("quality_rating = ?", filter.qualityRating)
    add("business_id = ?", filter.portfolioID)
    add("phone_number = ?", filter.phoneNumber?.text)
    add("display_name LIKE ? ESCAPE '\\'", filter.search.map { "%" + Self.escaped($0) + "%" })
    values.append(limit)
    return try all(
      """
      SELECT \(SenderRow.columns) FROM senders
      WHERE \(clauses.joined(separator: " AND "))
      ORDER BY id DESC
      LIMIT ?
      """, values: values, map: SenderRow.init)
  }

  /// The text without what `LIKE` would take as a wildcard.
  private static func escaped(_ text: String) -> String {
    String(text.flatMap { "\\%_".contains($0) ? ["\\", $0] : [$0] })
  }
}
