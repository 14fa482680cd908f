import CarrierAPI
import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire
import Workers

/// The inventory of phone numbers, and what is asked of the carrier.
struct NumberHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  /// Nil while none is configured: numbers are then entered by hand.
  let carrier: CarrierClient?
  /// What numbers bought here are marked with.
  let provider: String
  let notifier: ChangeNotifier
  /// Called when there is something to do at the carrier.
  let wake: @Sendable () -> Void
  let clock: WallClock
  let log: Log

  func list(_ call: SenderRegistryAPI.ListNumbers, _ context: CallContext) async throws -> Page<InventoryNumber> {
    let account = try context.accountID
    let limit = try PageRequest.limit(call.limit)
    let cursor = try PageRequest.position(call.cursor)
    let filter = NumberFilter(
      kind: call.kind, country: try call.country.map { try Self.country($0) }, isAvailable: call.available,
      state: call.state)
    let rows = try await database.read { connection in
      try connection.numbers(account: account, filter, after: cursor, limit: limit + 1)
    }
    return PageRequest.page(rows.map(\.number), limit: limit) { $0.id.text }
  }

  func get(_ call: SenderRegistryAPI.GetNumber, _ context: CallContext) async throws -> InventoryNumber {
    let account = try context.accountID
    return try await database.read { try $0.ownNumber(call.id, account).number }
  }

  /// Enters a number that no carrier here is asked about.
  func add(_ call: SenderRegistryAPI.AddNumber, _ context: CallContext) async throws -> InventoryNumber {
    let account = try context.accountID
    let phoneNumber = try call.phoneNumber.entered()
    let nickname = try Self.nickname(call.nickname)
    let now = clock.now
    return try await database.write { connection in
      try connection.once(call, context, keyring, now: now) {
        try connection.refuseHeld(phoneNumber, account)
        let row = NumberRow(
          id: NumberID(trusted: "num_" + ULID.make(milliseconds: now)), accountID: account,
          phoneNumber: phoneNumber, kind: call.kind ?? .normal, nickname: nickname, provider: NumberRow.manual,
          state: .active, now: now)
        try connection.insert(row)
        connection.afterCommit { notifier.announce() }
        return try connection.ownNumber(row.id, account).number
      }
    }
  }

  func update(_ call: SenderRegistryAPI.UpdateNumber, _ context: CallContext) async throws -> InventoryNumber {
    let account = try context.accountID
    let wanted = try Self.nickname(call.nickname.value)
    let now = clock.now
    return try await database.write { connection in
      var row = try connection.ownNumber(call.id, account)
      try IfVersion.check(call.ifVersion, current: row.version)
      let nickname = call.nickname.isAbsent ? row.nickname : wanted
      if nickname == row.nickname { return row.number }
      row.nickname = nickname
      try connection.update(row, now: now)
      connection.afterCommit { notifier.announce() }
      return try connection.ownNumber(call.id, account).number
    }
  }

  /// Only what the carrier does not hold for us may simply be forgotten.
  func delete(_ call: SenderRegistryAPI.DeleteNumber, _ context: CallContext) async throws -> Done {
    let account = try context.accountID
    let now = clock.now
    return try await database.write { connection in
      var row = try connection.ownNumber(call.id, account)
      try IfVersion.check(call.ifVersion, current: row.version)
      try row.refuseUsed()
      switch (row.provider, row.state) {
      case (NumberRow.manual, .active), (_, .failed): break
      case (_, .released): return Done()
      default:
        throw CallFailure.failedPrecondition(
          "NUMBER_AT_CARRIER", "The carrier holds the number \(call.id): release it instead.")
      }
      row.state = .released
      row.reason = nil
      try connection.update(row, now: now)
      connection.afterCommit { notifier.announce() }
      return Done()
    }
  }

  // MARK: Input

  static func country(_ text: String) throws(CallFailure) -> String {
    let country = text.uppercased()
    guard country.utf8.count == 2, country.utf8.allSatisfy({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
    else {
      throw .invalidArgument(
        "COUNTRY_INVALID", "country: two letters, ISO 3166 alpha-2, for example US", field: "country")
    }
    return country
  }

  static func nickname(_ text: String?) throws(CallFailure) -> String? {
    do throws(NicknameRefused) { return try Nickname.parse(text) } catch {
      throw .invalidArgument(
        "NICKNAME_INVALID", "nickname: at most 64 characters without control characters", field: "nickname")
    }
  }
}

extension NumberRow {
  /// A number that a sender uses stays where it is.
  func refuseUsed() throws(CallFailure) {
    guard let senderID else { return }
    throw .failedPrecondition(
      "NUMBER_IN_USE", "The sender \(senderID) uses the number: delete that sender first.",
      details: ["sender_id": .string(senderID.text)])
  }
}

extension Connection {
  /// The number of this account, or the failure that says there is none.
  func ownNumber(_ id: NumberID, _ account: AccountID) throws -> NumberRow {
    guard let row = try number(id, account: account) else {
      throw CallFailure.notFound("NUMBER_NOT_FOUND", "There is no number \(id).")
    }
    return row
  }

  /// A number is in one inventory at a time; whose it is, is told to its own account only.
  func refuseHeld(_ phoneNumber: PhoneNumber, _ account: AccountID) throws {
    guard let holder = try holder(of: phoneNumber) else { return }
    guard holder.accountID == account else {
      throw CallFailure(
        .alreadyExists, "NUMBER_HELD", "phone_number: this number is not free.", details: ["field": "phone_number"])
    }
    throw CallFailure(
      .alreadyExists, "NUMBER_IN_INVENTORY", "phone_number: the inventory has it as \(holder.id).",
      details: ["field": "phone_number", "number_id": .string(holder.id.text)])
  }
}
