import Contracts
import JSON
import Store

/// A row of `senders`: what people see of it, and what they never do.
struct SenderRow: Sendable {
  let id: SenderID
  let accountID: AccountID
  var origin: Sender.Origin
  var numberID: NumberID?
  /// Meta's id in the pre-verified pool, until the number is claimed.
  var preverifiedID: String?
  let phoneNumber: PhoneNumber
  var displayName: String
  var condition: SenderCondition
  var wabaID: String?
  var businessID: String?
  var phoneNumberID: String?
  var qualityRating: String?
  var messagingLimit: String?
  var throughput: Int?
  var isEnabled = true
  var warnings: [SenderReason] = []
  var nameStatus: String?
  var requestedDisplayName: String?
  var stateReadAt: Int64?
  /// Sealed.
  var accessToken: String?
  /// Sealed.
  var pin: String?
  var replicaCounter: Int64
  /// Counts up with every stored change.
  var version: Int64
  let createdAt: Int64
  var updatedAt: Int64
  var deletedAt: Int64?

  static let columns = """
    id, account_id, phone_number, display_name, status, reasons, waba_id, business_id, phone_number_id, quality_rating,
    messaging_limit, throughput, access_token, pin, replica_counter, created_at, updated_at, deleted_at,
    origin, number_id, preverified_id, is_enabled, warnings, name_status, requested_display_name, state_read_at, version
    """

  static func tokenBinding(_ id: SenderID) -> String { "senders.access_token:\(id)" }
  static func pinBinding(_ id: SenderID) -> String { "senders.pin:\(id)" }

  /// A sender that was just created.
  init(
    id: SenderID, accountID: AccountID, origin: Sender.Origin = .external, numberID: NumberID? = nil,
    phoneNumber: PhoneNumber, displayName: String, now: Int64
  ) {
    self.id = id
    self.accountID = accountID
    self.origin = origin
    self.numberID = numberID
    self.phoneNumber = phoneNumber
    self.displayName = displayName
    condition = SenderCondition(.pending, [.signupNeeded])
    replicaCounter = 0
    version = 1
    createdAt = now
    updatedAt = now
  }

  init(_ row: Row) throws {
    id = SenderID(trusted: try row.text(0))
    accountID = AccountID(trusted: try row.text(1))
    phoneNumber = PhoneNumber(trusted: try row.text(2))
    displayName = try row.text(3)
    condition = SenderCondition(
      SenderStatus(rawValue: try row.text(4)) ?? .offline,
      try JSONCoder.decode([SenderReason].self, from: try row.text(5)))
    wabaID = try row.optionalText(6)
    businessID = try row.optionalText(7)
    phoneNumberID = try row.optionalText(8)
    qualityRating = try row.optionalText(9)
    messagingLimit = try row.optionalText(10)
    throughput = try row.optionalInt(11)
    accessToken = try row.optionalText(12)
    pin = try row.optionalText(13)
    replicaCounter = try row.int64(14)
    createdAt = try row.int64(15)
    updatedAt = try row.int64(16)
    deletedAt = try row.optionalInt64(17)
    origin = Sender.Origin(rawValue: try row.text(18)) ?? .external
    numberID = try row.optionalText(19).map { NumberID(trusted: $0) }
    preverifiedID = try row.optionalText(20)
    isEnabled = try row.bool(21)
    warnings = try JSONCoder.decode([SenderReason].self, from: try row.text(22))
    nameStatus = try row.optionalText(23)
    requestedDisplayName = try row.optionalText(24)
    stateReadAt = try row.optionalInt64(25)
    version = try row.int64(26)
  }

  /// What people see; the assistant is added by whoever asked the router.
  func sender(_ binding: MessagingRouterAPI.Binding? = nil) -> Sender {
    Sender(
      id: id, origin: origin, numberID: numberID, phoneNumber: phoneNumber, displayName: displayName,
      status: condition.status, reasons: condition.reasons, warnings: warnings, isEnabled: isEnabled, wabaID: wabaID,
      phoneNumberID: phoneNumberID, portfolioID: businessID, qualityRating: qualityRating,
      messagingLimit: messagingLimit, throughput: throughput, nameStatus: nameStatus,
      requestedDisplayName: requestedDisplayName, assistantID: binding?.assistantID, aiEnabled: binding?.aiEnabled,
      stateReadAt: stateReadAt.map { Timestamp(milliseconds: $0) }, version: version,
      createdAt: Timestamp(milliseconds: createdAt), updatedAt: Timestamp(milliseconds: updatedAt))
  }
}

extension SenderReason {
  static let signupNeeded = SenderReason(
    code: "SIGNUP_NEEDED", message: "The number is not connected to WhatsApp yet.",
    nextStep: "Complete Embedded Signup and connect the sender with what it returns.")
}
