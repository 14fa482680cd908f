import CarrierAPI
import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// What is asked of the carrier: offers, purchases, releases, and what its account holds already.
extension NumberHandlers {
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
