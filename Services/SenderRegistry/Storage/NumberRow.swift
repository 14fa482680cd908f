import Contracts
import JSON
import Store

/// A row of `numbers`, with the sender that uses it.
struct NumberRow: Sendable {
  /// For numbers that no country owns, such as international freephone ones (ISO 3166: user-assigned).
  static let noCountry = "ZZ"
  /// The provider of numbers entered by hand.
  static let manual = "manual"

  let id: NumberID
  let accountID: AccountID
  let phoneNumber: PhoneNumber
  let kind: InventoryNumber.Kind
  let country: String
  var nickname: String?
  let provider: String
  var state: InventoryNumber.State
  var reason: SenderReason?
  var carrierSID: String?
  var hasVoice: Bool
  var hasSMS: Bool
  /// The carrier was called and its answer is not recorded.
  var isCalled: Bool
  var tries: Int
  var dueAt: Int64
  var version: Int64
  let createdAt: Int64
  var updatedAt: Int64
  /// The sender that uses the number; read, never written.
  private(set) var senderID: SenderID?

  static let columns = """
    id, account_id, phone_number, kind, country, nickname, provider, state, reason, carrier_sid, has_voice, has_sms,
    is_called, tries, due_at, version, created_at, updated_at
    """

  /// The sender on the number: made from the inventory, or with the same number typed in.
  static let sender = """
    (SELECT s.id FROM senders s
     WHERE s.deleted_at IS NULL
       AND (s.number_id = numbers.id OR s.account_id = numbers.account_id AND s.phone_number = numbers.phone_number)
     LIMIT 1)
    """

  /// One that is new in the inventory.
  init(
    id: NumberID, accountID: AccountID, phoneNumber: PhoneNumber, kind: InventoryNumber.Kind, nickname: String?,
    provider: String, state: InventoryNumber.State, now: Int64
  ) {
    self.id = id
    self.accountID = accountID
    self.phoneNumber = phoneNumber
    self.kind = kind
    country = CountryNumbering.country(of: phoneNumber) ?? Self.noCountry
    self.nickname = nickname
    self.provider = provider
    self.state = state
    hasVoice = true
    hasSMS = false
    isCalled = false
    tries = 0
    dueAt = now
    version = 1
    createdAt = now
    updatedAt = now
  }

  init(_ row: Row) throws {
    id = NumberID(trusted: try row.text(0))
    accountID = AccountID(trusted: try row.text(1))
    phoneNumber = PhoneNumber(trusted: try row.text(2))
    kind = InventoryNumber.Kind(rawValue: try row.text(3)) ?? .normal
    country = try row.text(4)
    nickname = try row.optionalText(5)
    provider = try row.text(6)
    state = InventoryNumber.State(rawValue: try row.text(7)) ?? .failed
    reason = try row.optionalText(8).map { try JSONCoder.decode(SenderReason.self, from: $0) }
    carrierSID = try row.optionalText(9)
    hasVoice = try row.bool(10)
    hasSMS = try row.bool(11)
    isCalled = try row.bool(12)
    tries = try row.int(13)
    dueAt = try row.int64(14)
    version = try row.int64(15)
    createdAt = try row.int64(16)
    updatedAt = try row.int64(17)
    senderID = try row.optionalText(18).map { SenderID(trusted: $0) }
  }

  /// Why no sender can be created with the number now; nil when one can.
  var obstacle: String? {
    if let senderID { return "the sender \(senderID) uses it" }
    if kind != .normal {
      return "only numbers of kind normal can be verified by WhatsApp; this one is \(kind.rawValue)"
    }
    return state == .active ? nil : "it is \(state.rawValue)"
  }

  /// What people see.
  var number: InventoryNumber {
    InventoryNumber(
      id: id, phoneNumber: phoneNumber, kind: kind, country: country, nickname: nickname, provider: provider,
      state: state, reason: reason, capabilities: InventoryNumber.Capabilities(voice: hasVoice, sms: hasSMS),
      senderID: senderID, isAvailable: obstacle == nil, version: version,
      createdAt: Timestamp(milliseconds: createdAt), updatedAt: Timestamp(milliseconds: updatedAt))
  }
}
