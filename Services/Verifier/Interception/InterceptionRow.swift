import Contracts
import Store
import Workers

/// A row of `interceptions`: one number whose calls come here, for one verification or for good.
struct InterceptionRow: Sendable {
  enum Kind: String, Sendable {
    case session
    case permanent
  }

  enum State: String, Sendable {
    /// Nothing was read, nothing was changed.
    case ordered
    /// The route as it was is written down; from here on it may have been changed.
    case journalled
    /// The carrier says that calls come here.
    case armed
    /// Calls are to go where they went before; whether they do is not known yet.
    case restoring
    case restored
    /// Somebody else has given the number a third route: it is theirs.
    case leftAlone = "left_alone"
    /// It never came to a change.
    case failed
  }

  let id: String
  let kind: Kind
  let verificationID: VerificationID?
  let senderID: SenderID
  let accountID: String
  /// E.164.
  let phoneNumber: String
  var numberSID: String?
  /// Written once, before the first change at the carrier.
  var original: SealedRoute?
  /// Where calls are sent instead: written before the carrier is asked for it.
  var switchedURL: String?
  /// Where they were sent by earlier settings, and may still be.
  var earlierURLs: [String] = []
  /// The carrier's account that has the number; nil until it was read, and in rows of earlier versions.
  var carrierAccount: String?
  var state: State
  var isWanted: Bool
  let deadlineAt: Int64?
  var attempts = 0
  var unsettledUntil: Int64?
  var dueAt: Int64
  var lastError: String?
  var note: String?
  var isAlerted = false
  let createdAt: Int64
  var armedAt: Int64?
  var endedAt: Int64?

  static let sealed = SealedColumn("interceptions", "original")

  static let columns = """
    id, kind, verification_id, sender_id, account_id, phone_number, number_sid, original, switched_url, state, wanted,
    deadline_at, attempts, unsettled_until, due_at, last_error, note, alerted, created_at, armed_at, ended_at,
    carrier_account, earlier_urls
    """

  /// One that was just ordered.
  init(
    id: String, kind: Kind, verificationID: VerificationID?, senderID: SenderID, accountID: String,
    phoneNumber: String, deadlineAt: Int64?, now: Int64
  ) {
    self.id = id
    self.kind = kind
    self.verificationID = verificationID
    self.senderID = senderID
    self.accountID = accountID
    self.phoneNumber = phoneNumber
    self.deadlineAt = deadlineAt
    state = .ordered
    isWanted = true
    dueAt = now
    createdAt = now
  }

  init(_ row: Row) throws {
    id = try row.text(0)
    kind = Kind(rawValue: try row.text(1)) ?? .session
    verificationID = try row.optionalText(2).map { VerificationID(trusted: $0) }
    senderID = SenderID(trusted: try row.text(3))
    accountID = try row.text(4)
    phoneNumber = try row.text(5)
    numberSID = try row.optionalText(6)
    original = try row.optionalText(7).map { [id] in SealedRoute(stored: $0, of: id) }
    switchedURL = try row.optionalText(8)
    // The schema allows no other words.
    state = State(rawValue: try row.text(9)) ?? .restoring
    isWanted = try row.bool(10)
    deadlineAt = try row.optionalInt64(11)
    attempts = try row.int(12)
    unsettledUntil = try row.optionalInt64(13)
    dueAt = try row.int64(14)
    lastError = try row.optionalText(15)
    note = try row.optionalText(16)
    isAlerted = try row.bool(17)
    createdAt = try row.int64(18)
    armedAt = try row.optionalInt64(19)
    endedAt = try row.optionalInt64(20)
    carrierAccount = try row.optionalText(21)
    earlierURLs = try row.optionalText(22).map { $0.split(separator: "\n").map(String.init) } ?? []
  }

  var values: [any SQLConvertible] {
    [
      id, kind.rawValue, verificationID?.text, senderID.text, accountID, phoneNumber, numberSID, original?.text,
      switchedURL, state.rawValue, isWanted, deadlineAt, attempts, unsettledUntil, dueAt, lastError, note, isAlerted,
      createdAt, armedAt, endedAt, carrierAccount, earlierURLsText,
    ]
  }

  var earlierURLsText: String? { earlierURLs.isEmpty ? nil : earlierURLs.joined(separator: "\n") }

  /// From now on calls are sent to `url`; where they were sent before stays known.
  mutating func switchTo(_ url: String) {
    if let before = switchedURL, before != url, !earlierURLs.contains(before) { earlierURLs.append(before) }
    switchedURL = url
  }

  /// Whether the session's time is over.
  func isOver(at now: Int64) -> Bool { deadlineAt.map { $0 <= now } ?? false }

  /// For lines that people read: the last four digits.
  var shortNumber: String { "…" + phoneNumber.suffix(4) }
}
