import Contracts
import Store

/// A row of `pool_entries`: a platform sender's number in Meta's pool.
struct PoolRow: Sendable {
  enum State: String, Sendable, CaseIterable {
    /// Meta is being asked to take it.
    case adding
    /// In the pool, not verified.
    case added
    case verified
    /// Was verified, too long ago.
    case expired
    /// Now a number of a customer's account.
    case claimed
    /// Meta is being told to drop it.
    case removing
    case removed
    /// Meta did not take it.
    case failed
  }

  let senderID: SenderID
  let accountID: AccountID
  let numberID: NumberID
  let phoneNumber: PhoneNumber
  var state: State
  var preverifiedID: String?
  var verifiedAt: Int64?
  var expiresAt: Int64?
  /// The end of the verification that the account was warned of.
  var warnedOf: Int64?
  var wabaID: String?
  var phoneNumberID: String?
  /// Meta was called and its answer is not recorded.
  var isCalled: Bool
  var tries: Int
  var dueAt: Int64
  /// Since when Meta's list is without it.
  var missingSince: Int64?
  let createdAt: Int64
  /// Read, never written: every change sets it.
  private(set) var updatedAt: Int64

  static let columns = """
    sender_id, account_id, number_id, phone_number, state, preverified_id, verified_at, expires_at, warned_of, waba_id,
    phone_number_id, is_called, tries, due_at, created_at, updated_at, missing_since
    """

  /// A number that shall join the pool.
  init(senderID: SenderID, accountID: AccountID, numberID: NumberID, phoneNumber: PhoneNumber, now: Int64) {
    self.senderID = senderID
    self.accountID = accountID
    self.numberID = numberID
    self.phoneNumber = phoneNumber
    state = .adding
    isCalled = false
    tries = 0
    dueAt = now
    createdAt = now
    updatedAt = now
  }

  init(_ row: Row) throws {
    senderID = SenderID(trusted: try row.text(0))
    accountID = AccountID(trusted: try row.text(1))
    numberID = NumberID(trusted: try row.text(2))
    phoneNumber = PhoneNumber(trusted: try row.text(3))
    state = State(rawValue: try row.text(4)) ?? .failed
    preverifiedID = try row.optionalText(5)
    verifiedAt = try row.optionalInt64(6)
    expiresAt = try row.optionalInt64(7)
    warnedOf = try row.optionalInt64(8)
    wabaID = try row.optionalText(9)
    phoneNumberID = try row.optionalText(10)
    isCalled = try row.bool(11)
    tries = try row.int(12)
    dueAt = try row.int64(13)
    createdAt = try row.int64(14)
    updatedAt = try row.int64(15)
    missingSince = try row.optionalInt64(16)
  }

  /// What people see of it on the list of ready numbers; nil before it was verified.
  func readyNumber(now: Int64) -> ReadyNumber? {
    guard let preverifiedID, let verifiedAt, let expiresAt else { return nil }
    return ReadyNumber(
      id: numberID, phoneNumber: phoneNumber, senderID: senderID, preverifiedID: preverifiedID,
      verifiedAt: Timestamp(milliseconds: verifiedAt), expiresAt: Timestamp(milliseconds: expiresAt),
      daysLeft: Int(max(0, expiresAt - now) / PoolTimes.day), canReverify: now >= expiresAt - PoolTimes.reverify,
      isBeingRemoved: state == .removing)
  }
}
