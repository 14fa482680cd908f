import Contracts
import JSON
import Store

/// A row of `senders`: what people see of it, and what they never do.
struct SenderRow: Sendable {
  let id: SenderID
  let accountID: AccountID
  let phoneNumber: PhoneNumber
  let displayName: String
  var condition: SenderCondition
  var wabaID: String?
  var businessID: String?
  var phoneNumberID: String?
  var qualityRating: String?
  var messagingLimit: String?
  var throughput: Int?
  /// Sealed.
  var accessToken: String?
  /// Sealed.
  var pin: String?
  var replicaCounter: Int64
  let createdAt: Int64
  var updatedAt: Int64
  var deletedAt: Int64?

  static let columns = """
    id, account_id, phone_number, display_name, status, reasons, waba_id, business_id, phone_number_id, quality_rating,
    messaging_limit, throughput, access_token, pin, replica_counter, created_at, updated_at, deleted_at
    """

  static func tokenBinding(_ id: SenderID) -> String { "senders.access_token:\(id)" }
  static func pinBinding(_ id: SenderID) -> String { "senders.pin:\(id)" }

  /// A sender that was just created.
  init(id: SenderID, accountID: AccountID, phoneNumber: PhoneNumber, displayName: String, now: Int64) {
    self.id = id
    self.accountID = accountID
    self.phoneNumber = phoneNumber
    self.displayName = displayName
    condition = SenderCondition(.pending, [.signupNeeded])
    replicaCounter = 0
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
  }

  /// What people see; the assistant is added by whoever asked the router.
  func sender(_ binding: MessagingRouterAPI.Binding? = nil) -> Sender {
    Sender(
      id: id, phoneNumber: phoneNumber, displayName: displayName, status: condition.status, reasons: condition.reasons,
      wabaID: wabaID, phoneNumberID: phoneNumberID, qualityRating: qualityRating, messagingLimit: messagingLimit,
      assistantID: binding?.assistantID, aiEnabled: binding?.aiEnabled, createdAt: Timestamp(milliseconds: createdAt),
      updatedAt: Timestamp(milliseconds: updatedAt))
  }
}

extension SenderReason {
  static let signupNeeded = SenderReason(
    code: "SIGNUP_NEEDED", message: "The number is not connected to WhatsApp yet.",
    nextStep: "Complete Embedded Signup and connect the sender with what it returns.")
}
