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

  // MARK: The carrier

  func search(
    _ call: SenderRegistryAPI.SearchAvailableNumbers, _ context: CallContext
  ) async throws -> Page<AvailableNumber> {
    _ = try context.accountID
    let country = try Self.country(call.country)
    let limit = try PageRequest.limit(call.limit)
    let type = call.type ?? .local
    if let contains = call.contains {
      guard (2...10).contains(contains.utf8.count),
        contains.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "*") })
      else {
        throw CallFailure.invalidArgument(
          "CONTAINS_INVALID", "contains: 2 to 10 digits, * for any digit", field: "contains")
      }
    }
    let carrier = try configuredCarrier()
    do throws(CarrierFailure) {
      let found = try await carrier.availableNumbers(
        country: country, type: type.carrierType, contains: call.contains, limit: limit)
      return Page(data: found.prefix(limit).compactMap { AvailableNumber($0, type) }, nextCursor: nil)
    } catch {
      // The carrier does not sell this type in this country: it has no such path.
      if case .answered(let refusal) = error, refusal.isNotFound { return Page(data: [], nextCursor: nil) }
      throw CallFailure(error)
    }
  }

  /// Journals the wish and answers at once; the worker buys.
  func buy(_ call: SenderRegistryAPI.BuyNumber, _ context: CallContext) async throws -> InventoryNumber {
    let account = try context.accountID
    let nickname = try Self.nickname(call.nickname)
    _ = try configuredCarrier()
    let now = clock.now
    let number = try await database.write { connection in
      try connection.once(call, context, keyring, now: now) {
        try connection.refuseHeld(call.phoneNumber, account)
        let row = NumberRow(
          id: NumberID(trusted: "num_" + ULID.make(milliseconds: now)), accountID: account,
          phoneNumber: call.phoneNumber, kind: .normal, nickname: nickname, provider: provider, state: .buying,
          now: now)
        try connection.insert(row)
        connection.afterCommit {
          notifier.announce()
          wake()
        }
        return row.number
      }
    }
    log.info("number.buying", ["number_id": .string(number.id.text), "number": .redacted(call.phoneNumber.text)])
    return number
  }

  /// Journals the wish and answers at once; the worker gives the number back.
  func release(_ call: SenderRegistryAPI.ReleaseNumber, _ context: CallContext) async throws -> InventoryNumber {
    let account = try context.accountID
    let now = clock.now
    return try await database.write { connection in
      try connection.once(call, context, keyring, now: now) {
        var row = try connection.ownNumber(call.id, account)
        if row.state == .releasing || row.state == .released { return row.number }
        try row.refuseUsed()
        guard row.state == .active else {
          throw CallFailure.failedPrecondition(
            "NUMBER_NOT_ACTIVE", "The number is \(row.state.rawValue): only an active number is released.")
        }
        guard row.carrierSID != nil else {
          throw CallFailure.failedPrecondition(
            "NUMBER_MANUAL", "The number was entered by hand, so no carrier takes it back: delete it instead.")
        }
        _ = try configuredCarrier()
        row.state = .releasing
        row.reason = nil
        row.isCalled = false
        row.tries = 0
        row.dueAt = now
        try connection.update(row, now: now)
        connection.afterCommit {
          notifier.announce()
          wake()
        }
        return try connection.ownNumber(call.id, account).number
      }
    }
  }

  /// The carrier's account is the operator's, so what lies in it is the operator's to give out.
  func importNumbers(
    _ call: SenderRegistryAPI.ImportNumbers, _ context: CallContext
  ) async throws -> SenderRegistryAPI.ImportNumbers.Reply {
    let account = try context.accountID
    guard try await database.read({ try $0.isOperator(account) }) else {
      throw CallFailure.permissionDenied(
        "OPERATOR_ONLY", "Only the operator's account may import numbers of the carrier's account.")
    }
    let carrier = try configuredCarrier()
    let found: [CarrierNumber]
    do throws(CarrierFailure) {
      found =
        if let wanted = call.phoneNumber { try await carrier.number(wanted.text).map { [$0] } ?? [] } else {
          try await carrier.numbers()
        }
    } catch {
      throw CallFailure(error)
    }
    if call.phoneNumber != nil, found.isEmpty {
      throw CallFailure.notFound("NUMBER_NOT_AT_CARRIER", "phone_number: the carrier's account has no such number.")
    }
    let (owner, now) = (call.accountID ?? account, clock.now)
    return try await database.write { connection in
      try connection.once(call, context, keyring, now: now) {
        guard try connection.isAccount(owner) else {
          throw CallFailure.notFound("ACCOUNT_NOT_FOUND", "There is no account \(owner).")
        }
        connection.afterCommit { notifier.announce() }
        return try take(found, for: owner, connection, now: now)
      }
    }
  }

  private func take(
    _ found: [CarrierNumber], for owner: AccountID, _ connection: Connection, now: Int64
  ) throws -> SenderRegistryAPI.ImportNumbers.Reply {
    var reply = SenderRegistryAPI.ImportNumbers.Reply(data: [], imported: 0, known: 0)
    for number in found {
      // A carrier may hold short codes and the like: those are no phone numbers here.
      guard let phoneNumber = try? PhoneNumber(parsing: number.phoneNumber) else { continue }
      if try connection.holder(of: phoneNumber) != nil {
        reply.known += 1
        continue
      }
      var row = NumberRow(
        id: NumberID(trusted: "num_" + ULID.make(milliseconds: now)), accountID: owner, phoneNumber: phoneNumber,
        kind: .normal, nickname: nil, provider: provider, state: .active, now: now)
      row.carrierSID = number.sid
      row.hasVoice = number.hasVoice
      row.hasSMS = number.hasSMS
      try connection.insert(row)
      reply.imported += 1
      if reply.data.count < 100 { reply.data.append(try connection.ownNumber(row.id, owner).number) }
    }
    return reply
  }

  private func configuredCarrier() throws(CallFailure) -> CarrierClient {
    guard let carrier else {
      throw .failedPrecondition(
        "CARRIER_NOT_CONFIGURED",
        "No carrier is configured: the operator sets CARRIER_ACCOUNT_SID and CARRIER_AUTH_TOKEN_FILE, and CARRIER_URL "
          + "for another one than Twilio.")
    }
    return carrier
  }

  // MARK: Input

  private static func country(_ text: String) throws(CallFailure) -> String {
    let country = text.uppercased()
    guard NumberCountry.isCode(country) else {
      throw .invalidArgument(
        "COUNTRY_INVALID", "country: two letters, ISO 3166 alpha-2, for example US", field: "country")
    }
    return country
  }

  private static func nickname(_ text: String?) throws(CallFailure) -> String? {
    do throws(NicknameRefused) { return try Nickname.parse(text) } catch {
      throw .invalidArgument(
        "NICKNAME_INVALID", "nickname: at most 64 characters without control characters", field: "nickname")
    }
  }
}

extension NumberRow {
  /// A number that a sender uses stays where it is.
  fileprivate func refuseUsed() throws(CallFailure) {
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
  fileprivate func refuseHeld(_ phoneNumber: PhoneNumber, _ account: AccountID) throws {
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

extension AvailableNumber.Kind {
  fileprivate var carrierType: CarrierNumberType {
    switch self {
    case .local: .local
    case .mobile: .mobile
    case .national: .national
    case .tollFree: .tollFree
    }
  }
}

extension AvailableNumber {
  fileprivate init?(_ found: AvailableCarrierNumber, _ type: Kind) {
    guard let phoneNumber = try? PhoneNumber(parsing: found.phoneNumber) else { return nil }
    self.init(
      phoneNumber: phoneNumber, country: found.country, type: type, region: found.region, locality: found.locality,
      addressRequirements: found.addressRequirements,
      capabilities: InventoryNumber.Capabilities(voice: found.hasVoice, sms: found.hasSMS))
  }
}
