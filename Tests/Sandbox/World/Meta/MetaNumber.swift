/// One business phone number as Meta knows it: verification, registration, profile. A value; time comes in.
package struct MetaNumber: Sendable {
  package let id: String
  package let wabaID: String
  package let phone: PhoneDigits
  package var verifiedName: String
  package internal(set) var isVerified: Bool
  package internal(set) var isRegistered = false
  package internal(set) var pin: String?
  var profile = MetaProfile()
  package var qualityRating = "GREEN"
  package var nameStatus = "APPROVED"
  package var condition = MetaCondition()
  /// Names that were asked for, and how the newest stands with Meta.
  package internal(set) var nameRequests = 0
  package internal(set) var newName: String?
  package internal(set) var newNameStatus = "NONE"
  /// Profile posts that were taken.
  package internal(set) var profilePosts = 0
  /// Registrations that were taken.
  package internal(set) var registered = 0
  var webhookOverride: String?
  /// Lives in the WhatsApp Business app as well (coexistence).
  package internal(set) var isOnBizApp = false
  var lastOnboarded: Int64?

  private var pendingCode: PendingCode?
  private var codeRequests: [Int64] = []
  private var registrations: [Int64] = []
  private var deregistrations: [Int64] = []

  private struct PendingCode {
    var code: String
    var expires: Int64
    var wrongTries = 0
  }

  /// Register, and deregister, calls per number in 72 h (phone number reference, 133016).
  static let registerLimit = 10
  static let registerPeriod: Int64 = 72 * 3_600_000
  /// The sandbox's own figure: Meta does not publish how often a code may be asked for.
  static let codeRequestLimit = 5
  static let codeRequestPeriod: Int64 = 3_600_000
  static let codeLife: Int64 = 600_000
  static let wrongCodeLimit = 5

  init(id: String, wabaID: String, phone: PhoneDigits, verifiedName: String, isVerified: Bool) {
    self.id = id
    self.wabaID = wabaID
    self.phone = phone
    self.verifiedName = verifiedName
    self.isVerified = isVerified
  }

  /// What Graph calls `status`.
  var status: String {
    if let ordered = condition.status { return ordered }
    if isRegistered { return "CONNECTED" }
    return isVerified ? "PENDING" : "UNVERIFIED"
  }

  /// Remembers a code that is on its way to the owner's phone.
  mutating func requestCode(_ code: String, now: Int64, limit: Int = codeRequestLimit) throws(GraphError) {
    if isVerified {
      throw Self.refusal(136024, "Phone number already verified", "The phone number is already verified.")
    }
    codeRequests.removeAll { $0 <= now - Self.codeRequestPeriod }
    if let oldest = codeRequests.first, codeRequests.count >= limit {
      let minutes = max(1, (oldest + Self.codeRequestPeriod - now) / 60_000)
      throw Self.refusal(
        136024, "Please wait before requesting another code",
        "You have requested a code too many times. Try again in \(minutes) minutes.")
    }
    codeRequests.append(now)
    pendingCode = PendingCode(code: code, expires: now + Self.codeLife)
  }

  /// Checks the code the owner typed.
  mutating func verify(_ code: String, now: Int64) throws(GraphError) {
    if isVerified {
      throw Self.refusal(136024, "Phone number already verified", "The phone number is already verified.")
    }
    guard let pending = pendingCode, pending.expires > now else {
      pendingCode = nil
      throw Self.refusal(136025, "Verify code error", "The code has expired or was never requested.")
    }
    if pending.wrongTries >= Self.wrongCodeLimit {
      throw Self.refusal(136025, "Verify code error", "Too many wrong codes. Request a new code.")
    }
    guard pending.code == code else {
      pendingCode?.wrongTries += 1
      throw Self.refusal(136025, "Verify code error", "The code entered is incorrect.")
    }
    pendingCode = nil
    isVerified = true
  }

  /// Turns the number on for Cloud API, setting or checking its two-step PIN.
  mutating func register(pin: String, now: Int64) throws(GraphError) {
    guard pin.utf8.count == 6, pin.utf8.allSatisfy({ (48...57).contains($0) }) else {
      throw GraphError.invalid("pin", "a 6 digit number")
    }
    try Self.count(&registrations, now: now)
    if !isVerified {
      throw GraphError(
        133006, "(#133006) Phone number re-verification needed",
        details: "Phone number needs to be verified before registering.")
    }
    if let known = self.pin, known != pin {
      throw GraphError(
        133005, "(#133005) Two step verification PIN Mismatch", details: "Two step verification PIN is incorrect.")
    }
    self.pin = pin
    isRegistered = true
    lastOnboarded = now
    registered += 1
    // An approved name is seen once the number has been registered again.
    if newNameStatus == "APPROVED", let newName {
      verifiedName = newName
      self.newName = nil
      newNameStatus = "NONE"
    }
  }

  mutating func deregister(now: Int64) throws(GraphError) {
    try Self.count(&deregistrations, now: now)
    guard isRegistered else {
      throw GraphError(133010, "(#133010) Account not registered", details: "The account is not registered.")
    }
    isRegistered = false
  }

  private static func count(_ calls: inout [Int64], now: Int64) throws(GraphError) {
    calls.removeAll { $0 <= now - registerPeriod }
    if calls.count >= registerLimit {
      throw GraphError(
        133016, "(#133016) Account register/deregister rate limit exceeded",
        details: "There were too many registration attempts for this phone number in a short period of time.")
    }
    calls.append(now)
  }

  private static func refusal(_ code: Int, _ title: String, _ text: String) -> GraphError {
    var error = GraphError(code, "(#\(code)) \(title)", details: text)
    error.userTitle = title
    error.userMessage = text
    return error
  }
}
