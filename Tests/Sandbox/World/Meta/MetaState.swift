/// Everything Meta remembers: accounts, numbers, codes, tokens, customer service windows. A value; time comes in.
struct MetaState: Sendable {
  /// Objects of a kind that may exist at once; a demo or test never comes near.
  static let limit = 10_000
  /// How long a customer's message keeps the window open.
  static let windowLength: Int64 = 24 * 3_600_000

  /// Customer service windows remembered.
  let windowLimit: Int

  private(set) var accounts: [String: MetaAccount] = [:]
  private(set) var numbers: [String: MetaNumber] = [:]
  /// Numbers in the partner's pool by their id there.
  private(set) var pool: [String: MetaPoolEntry] = [:]
  private(set) var codes: [String: SignupCode] = [:]
  private(set) var tokens: [String: MetaToken] = [:]
  var uploads: [String: MetaUpload] = [:]
  var templates: [String: MetaTemplate] = [:]
  var templateHabits = TemplateHabits()
  /// When templates were made, by account, within the last hour.
  var templateCreations: [String: [Int64]] = [:]
  var codeRequestLimit = MetaNumber.codeRequestLimit
  /// Numbers with an account in one of the apps: they cannot be added or registered.
  var appPhones: Set<PhoneDigits> = []
  private var windows: [Window: Int64] = [:]
  private var sentThisSecond: [String: (second: Int64, count: Int)] = [:]

  private struct Window: Hashable {
    var numberID: String
    var customer: PhoneDigits
  }

  init(windowLimit: Int) { self.windowLimit = windowLimit }

  // MARK: Signup

  mutating func signUp(
    phone: PhoneDigits?, name: String, isVerified: Bool, isCoexistence: Bool, pin: String?, scopes: [String],
    now: Int64
  ) throws(ControlFailure) -> MetaSignup {
    if accounts.count >= Self.limit { throw ControlFailure("\(Self.limit) accounts exist already", status: 409) }
    if let phone, numbers.values.contains(where: { $0.phone == phone }) {
      throw ControlFailure("\(phone) belongs to a WhatsApp Business Account already", status: 409)
    }
    var account = MetaAccount(id: MetaIdentifier.object(), businessID: MetaIdentifier.object(), name: name)
    var numberID: String?
    if let phone {
      // A number of the pool is claimed: its object there is gone, its verification stays.
      let isVerified = claim(phone, now: now) ?? isVerified
      let id = MetaIdentifier.object()
      var number = MetaNumber(id: id, wabaID: account.id, phone: phone, verifiedName: name, isVerified: isVerified)
      number.pin = pin
      number.isOnBizApp = isCoexistence
      number.isRegistered = isCoexistence
      numbers[id] = number
      account.numberIDs.append(id)
      numberID = id
    }
    accounts[account.id] = account
    seedTemplates(account.id)
    let code = try issueCode(wabaID: account.id, scopes: scopes, now: now)
    var signup = MetaSignup(
      code: code, wabaID: account.id, phoneNumberID: isCoexistence ? nil : numberID, businessID: account.businessID)
    signup.numberID = numberID
    if isCoexistence {
      signup.event = "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"
    } else if numberID == nil {
      signup.event = "FINISH_ONLY_WABA"
    }
    return signup
  }

  // MARK: The pool

  /// Takes a number out of the pool for an account; whether it is verified, nil when it was not in the pool.
  private mutating func claim(_ phone: PhoneDigits, now: Int64) -> Bool? {
    guard let entry = pool.values.first(where: { $0.phone == phone }) else { return nil }
    pool[entry.id] = nil
    return entry.status(now: now) == "VERIFIED"
  }

  mutating func addToPool(_ phone: PhoneDigits, businessID: String, now: Int64) throws(GraphError) -> MetaPoolEntry {
    if pool.count >= Self.limit { throw GraphError.ordered(4, Fault.Parameters(details: "too many numbers")) }
    if numbers.values.contains(where: { $0.phone == phone }) || pool.values.contains(where: { $0.phone == phone }) {
      throw GraphError(
        100, "(#100) Invalid parameter", subcode: 2388012, details: "The phone number is already in use on WhatsApp.")
    }
    let entry = MetaPoolEntry(id: MetaIdentifier.object(), businessID: businessID, phone: phone, now: now)
    pool[entry.id] = entry
    return entry
  }

  /// The pool in the order of its ids; what was never verified in time is dropped.
  mutating func poolEntries(now: Int64) -> [MetaPoolEntry] {
    pool = pool.filter { !$0.value.isDropped(now: now) }
    return pool.values.sorted { $0.id < $1.id }
  }

  mutating func removeFromPool(_ id: String) -> Bool { pool.removeValue(forKey: id) != nil }

  /// Changes an entry; what `body` changed is kept even when it throws (a wrong code counts).
  mutating func update<Result>(
    poolEntry id: String, _ body: (inout MetaPoolEntry) throws(GraphError) -> Result
  ) throws(GraphError) -> Result {
    guard var entry = pool[id] else { throw GraphError.unknownObject("post", id) }
    defer { pool[id] = entry }
    return try body(&entry)
  }

  /// Another code for an account that exists: the customer repeats the popup.
  mutating func issueCode(
    wabaID: String, scopes: [String] = MetaToken.allScopes, now: Int64
  ) throws(ControlFailure) -> String {
    guard let account = accounts[wabaID] else { throw ControlFailure("no account \(wabaID)", status: 404) }
    if codes.count >= Self.limit { codes = codes.filter { $0.value.expires > now && !$0.value.isUsed } }
    if codes.count >= Self.limit { throw ControlFailure("\(Self.limit) codes wait already", status: 409) }
    let code = MetaIdentifier.code()
    codes[code] = SignupCode(
      wabaID: wabaID, businessID: account.businessID, scopes: scopes, expires: now + SignupCode.life)
    return code
  }

  mutating func exchange(_ code: String, now: Int64) throws(GraphError) -> MetaToken {
    guard var known = codes[code] else {
      throw GraphError(100, "Invalid verification code format.", subcode: 36008)
    }
    try known.spend(now: now)
    codes[code] = known
    if tokens.count >= Self.limit { throw GraphError.ordered(4, Fault.Parameters(details: "too many tokens")) }
    var token = MetaToken(
      token: MetaIdentifier.token(), wabaIDs: [known.wabaID], businessID: known.businessID, issued: now)
    token.scopes = known.scopes
    tokens[token.token] = token
    return token
  }

  /// Ends every code that waits, as thirty seconds would. How many ended.
  mutating func expireCodes(now: Int64) -> Int {
    var count = 0
    for (key, code) in codes where !code.isUsed && code.expires > now {
      codes[key]?.expires = now
      count += 1
    }
    return count
  }

  /// Ends tokens: all of an account, or the one given. How many ended.
  mutating func expireTokens(wabaID: String?, token: String?) -> Int {
    var count = 0
    for (key, value) in tokens where key == token || (wabaID.map { value.wabaIDs.contains($0) } ?? false) {
      tokens[key]?.expires = value.issued
      count += 1
    }
    return count
  }

  // MARK: Who may touch what

  func token(_ text: String?, now: Int64) throws(GraphError) -> MetaToken {
    guard let text else { throw GraphError.tokenMissing }
    guard let token = tokens[text] else { throw GraphError.tokenInvalid }
    try token.check(now: now)
    return token
  }

  func account(_ id: String, for token: MetaToken) -> MetaAccount? {
    token.wabaIDs.contains(id) ? accounts[id] : nil
  }

  func number(_ id: String, for token: MetaToken) -> MetaNumber? {
    guard let number = numbers[id], token.wabaIDs.contains(number.wabaID) else { return nil }
    return number
  }

  // MARK: Changes

  mutating func update<Result>(
    account id: String, _ body: (inout MetaAccount) throws(GraphError) -> Result
  ) throws(GraphError) -> Result {
    guard var account = accounts[id] else { throw GraphError.unknownObject("post", id) }
    let result = try body(&account)
    accounts[id] = account
    return result
  }

  /// Changes a number; what `body` changed is kept even when it throws (a wrong code counts).
  mutating func update<Result>(
    number id: String, _ body: (inout MetaNumber) throws(GraphError) -> Result
  ) throws(GraphError) -> Result {
    guard var number = numbers[id] else { throw GraphError.unknownObject("post", id) }
    defer { numbers[id] = number }
    return try body(&number)
  }

  /// A number of the pool is claimed by its id there, and stays verified.
  mutating func addNumber(
    _ phone: PhoneDigits, name: String, to wabaID: String, isPreverified: Bool = false, now: Int64 = 0
  ) throws(GraphError) -> MetaNumber {
    if numbers.count >= Self.limit { throw GraphError.ordered(4, Fault.Parameters(details: "too many numbers")) }
    if numbers.values.contains(where: { $0.phone == phone }) {
      throw GraphError(
        100, "(#100) Invalid parameter", subcode: 2388012,
        details: "The phone number is already in a WhatsApp Business Account.")
    }
    if appPhones.contains(phone) { throw GraphError.numberOnWhatsApp }
    if let account = accounts[wabaID], account.numberIDs.count >= account.numberCap { throw GraphError.numberCap }
    let isVerified = isPreverified ? claim(phone, now: now) ?? false : false
    let number = MetaNumber(
      id: MetaIdentifier.object(), wabaID: wabaID, phone: phone, verifiedName: name, isVerified: isVerified)
    try update(account: wabaID) { (account: inout MetaAccount) throws(GraphError) in account.numberIDs.append(number.id)
    }
    numbers[number.id] = number
    return number
  }

  /// Puts a number that was changed outside of Graph in its place.
  mutating func replace(_ number: MetaNumber) { numbers[number.id] = number }
  mutating func replace(_ account: MetaAccount) { accounts[account.id] = account }

  // MARK: Windows and throughput

  /// The customer wrote: the window is open for 24 hours. False when no more windows are remembered.
  mutating func openWindow(number: String, customer: PhoneDigits, now: Int64) -> Bool {
    let window = Window(numberID: number, customer: customer)
    if windows.count >= windowLimit, windows[window] == nil {
      windows = windows.filter { now < $0.value + Self.windowLength }
      if windows.count >= windowLimit { return false }
    }
    windows[window] = now
    return true
  }

  mutating func closeWindow(number: String, customer: PhoneDigits) {
    windows[Window(numberID: number, customer: customer)] = nil
  }

  func isWindowOpen(number: String, customer: PhoneDigits, now: Int64) -> Bool {
    guard let opened = windows[Window(numberID: number, customer: customer)] else { return false }
    return now < opened + Self.windowLength
  }

  /// Counts a message against the number's throughput; false when this second is used up. Zero is no limit.
  mutating func maySend(number: String, perSecond limit: Int, now: Int64) -> Bool {
    if limit == 0 { return true }
    let second = now / 1_000
    var entry = sentThisSecond[number] ?? (second, 0)
    if entry.second != second { entry = (second, 0) }
    if entry.count >= limit { return false }
    entry.count += 1
    sentThisSecond[number] = entry
    return true
  }
}
