import CarrierAPI
import Contracts
import JSON
import SenderRegistryHarness
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

@Suite struct NumberCarrierTests {
  private static let purchase = "POST /IncomingPhoneNumbers"
  private static let release = "DELETE /IncomingPhoneNumbers"

  private func run(_ body: (SenderRegistryHarness, ScriptedCarrier) async throws -> Void) async throws {
    let carrier = try await ScriptedCarrier()
    do {
      try await SenderRegistryHarness.run(settings: carrier.settings) { try await body($0, carrier) }
    } catch {
      await carrier.stop()
      throw error
    }
    await carrier.stop()
  }

  /// Starts work, stops the service while `request` is at the carrier, lets the carrier finish, starts the next service.
  private func interrupted(
    at request: String, _ begin: (SenderRegistryHarness) async throws -> NumberID,
    _ check: (SenderRegistryHarness, ScriptedCarrier, NumberID) async throws -> Void
  ) async throws {
    let carrier = try await ScriptedCarrier()
    let first = try await SenderRegistryHarness(settings: carrier.settings)
    let latch = Latch()
    carrier.order(request, .held(latch))
    let id = try await begin(first)
    try await eventually("the carrier to be asked") { carrier.count(request) == 1 }
    await first.stop(withGraph: false)
    latch.open()
    let second = try await SenderRegistryHarness(
      files: first.files, graph: first.graph, adminKey: first.adminKey, settings: carrier.settings)
    do { try await check(second, carrier, id) } catch {
      await second.stop()
      await carrier.stop()
      throw error
    }
    await second.stop()
    await carrier.stop()
  }

  // MARK: Searching

  @Test func `a search shows what the carrier offers`() async throws {
    try await run { harness, carrier in
      carrier.offer("+14155551100", "+14155551101", "+14155551102")
      let found = try await harness.call(SenderRegistryAPI.SearchAvailableNumbers(country: "us", limit: 2))
      #expect(found.data.map(\.phoneNumber.text) == ["+14155551100", "+14155551101"])
      #expect(found.data[0].country == "US" && found.data[0].capabilities == .init(voice: true, sms: true))
      // A kind that the country does not have is an empty page, not a failure.
      let none = try await harness.call(SenderRegistryAPI.SearchAvailableNumbers(country: "US", type: .mobile))
      #expect(none.data.isEmpty)
      for (contains, isRight) in [("4*5", true), ("1", false), ("12345678901", false), ("12 3", false)] {
        let call = SenderRegistryAPI.SearchAvailableNumbers(country: "US", contains: contains)
        if isRight {
          _ = try await harness.call(call)
        } else {
          let failure = await #expect(throws: CallFailure.self) { try await harness.call(call) }
          #expect(failure?.reason == "CONTAINS_INVALID")
        }
      }
      carrier.order("GET /AvailablePhoneNumbers", .error(20429, status: 429, retryAfter: 7))
      let busy = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.SearchAvailableNumbers(country: "US"))
      }
      #expect(busy?.reason == "CARRIER_BUSY" && busy?.retry == .afterMilliseconds(7_000))
    }
  }

  // MARK: Buying

  @Test func `a number is bought behind the answer`() async throws {
    try await run { harness, carrier in
      let begun = try await harness.buy(key: "k")
      #expect(begun.state == .buying && !begun.isAvailable && begun.provider == "twilio")
      let bought = try await harness.number(begun.id, reaches: .active)
      #expect(bought.isAvailable && bought.reason == nil && bought.capabilities == .init(voice: true, sms: true))
      #expect(bought.nickname == "front desk")
      #expect(try await harness.buy(key: "k").id == begun.id)
      #expect(carrier.numbers.map(\.friendlyName) == [begun.id.text])
      #expect(carrier.count(Self.purchase) == 1)
      #expect(carrier.authorizations.count == 1)
      #expect(try await harness.eventKinds() == ["number.bought"])
      let twice = await #expect(throws: CallFailure.self) { try await harness.buy() }
      #expect(twice?.reason == "NUMBER_IN_INVENTORY")
    }
  }

  @Test(arguments: [
    (21_422, 400, "NUMBER_TAKEN"), (21_631, 400, "ADDRESS_REQUIRED"), (21_615, 400, "ADDRESS_REQUIRED"),
    (20_003, 401, "CARRIER_CREDENTIALS_WRONG"), (21_421, 400, "CARRIER_REFUSED"),
  ])
  func `a refusal ends the purchase with its reason`(code: Int, status: Int, reason: String) async throws {
    try await run { harness, carrier in
      carrier.order(Self.purchase, .error(code, status: status))
      let failed = try await harness.number(try await harness.buy().id, reaches: .failed)
      #expect(failed.reason?.code == reason && failed.reason?.nextStep.isEmpty == false)
      #expect(carrier.count(Self.purchase) == 1)
      #expect(try await harness.eventKinds() == ["number.not_bought"])
      // It holds the number no longer, and can be put away.
      _ = try await harness.call(SenderRegistryAPI.DeleteNumber(id: failed.id))
      _ = try await harness.number(try await harness.buy().id, reaches: .active)
    }
  }

  @Test func `too many requests are tried again`() async throws {
    try await run { harness, carrier in
      carrier.order(Self.purchase, .error(20_429, status: 429, retryAfter: 0), .error(20_500, status: 500))
      _ = try await harness.number(try await harness.buy().id, reaches: .active)
      // The broken server may have sold it: it is asked what it has before it is asked to sell again.
      #expect(carrier.requests == [Self.purchase, Self.purchase, "GET /IncomingPhoneNumbers", Self.purchase])
    }
  }

  @Test func `a lost answer is settled by looking the number up`() async throws {
    try await run { harness, carrier in
      carrier.order(Self.purchase, .lost)
      _ = try await harness.number(try await harness.buy().id, reaches: .active)
      #expect(carrier.requests == [Self.purchase, "GET /IncomingPhoneNumbers"])
      #expect(carrier.numbers.count == 1)
    }
  }

  @Test func `a purchase that did not happen is made again`() async throws {
    try await run { harness, carrier in
      carrier.order(Self.purchase, .garbage)
      carrier.order("GET /IncomingPhoneNumbers", .garbage)
      _ = try await harness.number(try await harness.buy().id, reaches: .active)
      #expect(carrier.numbers.count == 1)
      #expect(carrier.count(Self.purchase) == 2)
    }
  }

  @Test func `what somebody bought at the carrier is not ours by a lost answer`() async throws {
    try await run { harness, carrier in
      carrier.order(Self.purchase, .garbage)
      carrier.hold(SenderRegistryHarness.number)
      let failed = try await harness.number(try await harness.buy().id, reaches: .failed)
      #expect(failed.reason?.code == "NUMBER_OWNED_ALREADY")
    }
  }

  @Test func `a carrier that never answers is given up with what is known`() async throws {
    try await run { harness, carrier in
      carrier.order(Self.purchase, .garbage, .garbage, .garbage, .garbage)
      let failed = try await harness.number(try await harness.buy().id, reaches: .failed)
      #expect(failed.reason?.code == "CARRIER_OUTCOME_UNKNOWN")
      // The last of four tries only looks.
      #expect(carrier.count(Self.purchase) == 3)
      #expect(carrier.requests.last == "GET /IncomingPhoneNumbers")
    }
  }

  @Test func `a carrier that cannot be reached is given up too`() async throws {
    let carrier = try await ScriptedCarrier()
    let settings = carrier.settings
    await carrier.stop()
    try await SenderRegistryHarness.run(settings: settings) { harness in
      let failed = try await harness.number(try await harness.buy().id, reaches: .failed)
      #expect(failed.reason?.code == "CARRIER_UNREACHABLE")
    }
  }

  @Test func `a stop between the purchase and its answer buys once`() async throws {
    try await interrupted(at: Self.purchase) {
      try await $0.buy().id
    } _: { harness, carrier, id in
      _ = try await harness.number(id, reaches: .active)
      #expect(carrier.count(Self.purchase) == 1)
      #expect(carrier.numbers.map(\.friendlyName) == [id.text])
    }
  }

  @Test func `a number that was being bought is left alone while no carrier is configured`() async throws {
    let carrier = try await ScriptedCarrier()
    let first = try await SenderRegistryHarness(settings: carrier.settings)
    let latch = Latch()
    carrier.order(Self.purchase, .held(latch))
    let id = try await first.buy().id
    try await eventually("the carrier to be asked") { carrier.count(Self.purchase) == 1 }
    await first.stop(withGraph: false)
    latch.open()
    let second = try await SenderRegistryHarness(files: first.files, graph: first.graph, adminKey: first.adminKey)
    #expect(try await second.call(SenderRegistryAPI.GetNumber(id: id)).state == .buying)
    await second.stop()
    await carrier.stop()
  }

  // MARK: Releasing

  @Test func `a number is given back behind the answer, unless a sender uses it`() async throws {
    try await run { harness, carrier in
      let used = try await harness.number(try await harness.buy().id, reaches: .active)
      let free = try await harness.number(try await harness.buy("+14155550190").id, reaches: .active)
      let sender = try await harness.createSender(with: used.id)
      let refused = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.ReleaseNumber(id: used.id))
      }
      #expect(refused?.reason == "NUMBER_IN_USE" && refused?.details?["sender_id"]?.string == sender.id.text)
      let atCarrier = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.DeleteNumber(id: free.id))
      }
      #expect(atCarrier?.reason == "NUMBER_AT_CARRIER")
      #expect(try await harness.call(SenderRegistryAPI.ReleaseNumber(id: free.id)).state == .releasing)
      _ = try await harness.number(free.id, reaches: .released)
      #expect(carrier.numbers.map(\.phoneNumber) == [SenderRegistryHarness.number])
      // Again is the same as once.
      #expect(try await harness.call(SenderRegistryAPI.ReleaseNumber(id: free.id)).state == .released)
      #expect(carrier.count(Self.release) == 1)
    }
  }

  @Test func `a lost answer to the release is settled by looking`() async throws {
    try await run { harness, carrier in
      let number = try await harness.number(try await harness.buy().id, reaches: .active)
      carrier.order(Self.release, .lost)
      _ = try await harness.call(SenderRegistryAPI.ReleaseNumber(id: number.id))
      _ = try await harness.number(number.id, reaches: .released)
      #expect(carrier.count(Self.release) == 1 && carrier.numbers.isEmpty)
    }
  }

  @Test func `a number the carrier does not take back stays ours`() async throws {
    try await run { harness, carrier in
      let number = try await harness.number(try await harness.buy().id, reaches: .active)
      carrier.order(Self.release, .error(20_003, status: 401))
      _ = try await harness.call(SenderRegistryAPI.ReleaseNumber(id: number.id))
      let kept = try await harness.number(number.id, reaches: .active)
      #expect(kept.reason?.code == "CARRIER_CREDENTIALS_WRONG" && kept.isAvailable)
      #expect(try await harness.eventKinds() == ["number.bought", "number.not_released"])
    }
  }

  @Test func `a stop between the release and its answer releases once`() async throws {
    try await interrupted(at: Self.release) { harness in
      let number = try await harness.number(try await harness.buy().id, reaches: .active)
      _ = try await harness.call(SenderRegistryAPI.ReleaseNumber(id: number.id))
      return number.id
    } _: { harness, carrier, id in
      _ = try await harness.number(id, reaches: .released)
      #expect(carrier.count(Self.release) == 1 && carrier.numbers.isEmpty)
    }
  }

  // MARK: Importing

  @Test func `the operator takes over what the carrier's account holds`() async throws {
    try await run { harness, carrier in
      _ = try await harness.number(try await harness.buy().id, reaches: .active)
      for index in 0..<120 { carrier.hold("+1415555\(2_000 + index)") }
      let (other, _) = try await harness.makeAccount("customer")
      let one = try await harness.call(
        SenderRegistryAPI.ImportNumbers(phoneNumber: PhoneNumber(parsing: "+14155552000"), accountID: other))
      #expect(one.imported == 1 && one.data.map(\.phoneNumber.text) == ["+14155552000"])
      let theirs = try await harness.call(SenderRegistryAPI.ListNumbers(), account: other)
      #expect(theirs.data.map(\.id) == one.data.map(\.id))
      let all = try await harness.call(SenderRegistryAPI.ImportNumbers())
      #expect(all.imported == 119 && all.known == 2 && all.data.count == 100)
      #expect(try await harness.call(SenderRegistryAPI.ImportNumbers()).imported == 0)

      let denied = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.ImportNumbers(), account: other)
      }
      #expect(denied?.code == .permissionDenied && denied?.reason == "OPERATOR_ONLY")
      let missing = await #expect(throws: CallFailure.self) {
        try await harness.call(SenderRegistryAPI.ImportNumbers(phoneNumber: PhoneNumber(parsing: "+14155559999")))
      }
      #expect(missing?.reason == "NUMBER_NOT_AT_CARRIER")
    }
  }
}
