import HTTP
import JSON
import Synchronization
import Telemetry

/// The carrier's numbers and Meta's pool.
extension ControlAPI {
  func carrierNumbers(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue { carrierView() }

  /// Offers a number for sale, puts one into the account, names, routes or calls it.
  func changeCarrierNumber(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let body = try ControlBody(
      request,
      [
        "phone_number", "owned", "country", "type", "address_requirements", "friendly_name", "in_call", "voice_url",
        "voice_method", "voice_fallback_url", "voice_fallback_method", "voice_application_sid", "trunk_sid",
        "voice_receive_mode",
      ])
    guard let phone = PhoneDigits(try body.required("phone_number")) else {
      throw ControlFailure("phone_number is not a phone number")
    }
    let isHeld = world.carrier.state.withLock { $0.number(phone) } != nil
    let isOwned = try body.bool("owned") ?? isHeld
    if isOwned { try change(phone, body) } else { try offer(phone, body) }
    return carrierView()
  }

  private func offer(_ phone: PhoneDigits, _ body: ControlBody) throws(ControlFailure) {
    let offer = CarrierOffer(
      phone: phone, country: try body.string("country") ?? phone.region, type: try body.string("type") ?? "Local",
      addressRequirements: try body.string("address_requirements") ?? "none")
    let result = world.carrier.state.withLock { state -> Result<Void, ControlFailure> in
      do throws(ControlFailure) { return .success(try state.offer(offer)) } catch { return .failure(error) }
    }
    try result.get()
  }

  private func change(_ phone: PhoneDigits, _ body: ControlBody) throws(ControlFailure) {
    let name = try body.string("friendly_name")
    let isInCall = try body.bool("in_call")
    var route: [String: String] = [:]
    for (form, answer) in CarrierNumber.fields {
      route[form] = try body.string(answer)
    }
    world.carrier.state.withLock { [route] state in
      let held = state.hold(phone, name: name ?? phone.display)
      _ = state.update(held.sid) { number in
        if let name { number.friendlyName = name }
        if let isInCall { number.isInCall = isInCall }
        number.route.merge(route) { _, new in new }
      }
    }
  }

  private func carrierView() -> JSONValue {
    let state = world.carrier.state.withLock { $0 }
    let held = state.sorted.map { number -> JSONValue in
      var view: JSONObject = [
        "sid": .string(number.sid), "phone_number": .string(number.phone.e164),
        "friendly_name": .string(number.friendlyName), "in_call": .bool(number.isInCall),
      ]
      for (form, answer) in CarrierNumber.fields { view[answer] = .string(number.route[form] ?? "") }
      return .object(view)
    }
    let offers = state.offers.values.sorted { $0.phone.digits < $1.phone.digits }.map { offer -> JSONValue in
      [
        "phone_number": .string(offer.phone.e164), "country": .string(offer.country), "type": .string(offer.type),
        "address_requirements": .string(offer.addressRequirements),
      ]
    }
    return [
      "bought": .integer(state.bought), "released": .integer(state.released), "owned": .array(held),
      "offered": .array(offers),
    ]
  }

  // MARK: Meta's pool

  func pool(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let now = world.settings.clock.now
    let entries = world.poolEntries.map { entry -> JSONValue in
      [
        "id": .string(entry.id), "phone_number": .string(entry.phone.e164), "status": .string(entry.status(now: now)),
        "expires_at": .optional(entry.expires.map { RFC3339Text.graph($0) }),
      ]
    }
    return ["entries": .array(entries)]
  }

  /// Moves the end of a verification: `expires_in_days`, 0 or less for the past.
  func changePool(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(request, ["expires_in_days", "verified"])
    let days = try body.integer("expires_in_days") ?? 90
    try world.setPoolEntry(phone, isVerified: try body.bool("verified") ?? true, expiresInDays: days)
    return try pool(request)
  }
}
