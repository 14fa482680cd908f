import JSON

/// The kinds of numbers a carrier sells, as its paths spell them.
package enum CarrierNumberType: String, Sendable, CaseIterable {
  case local = "Local"
  case mobile = "Mobile"
  case national = "National"
  case tollFree = "TollFree"
}

extension CarrierClient {
  /// Numbers for sale that take calls. `contains` has two characters at least, `*` stands for any digit.
  package func availableNumbers(
    country: String, type: CarrierNumberType, contains: String?, limit: Int
  ) async throws(CarrierFailure) -> [AvailableCarrierNumber] {
    var query: [(name: String, value: String)] = [("VoiceEnabled", "true"), ("PageSize", "\(limit)")]
    if let contains { query.append(("Contains", contains)) }
    let answer = try await document(
      "GET", path("/AvailablePhoneNumbers/\(FormEncoding.encode(country))/\(type.rawValue).json"), query: query)
    guard let list = answer.root["available_phone_numbers"] else { throw .unknown("the answer has no list") }
    return list.elements.compactMap(AvailableCarrierNumber.init)
  }

  /// Buys exactly this number, which cannot be bought twice: a repeat is refused with 21422. `name` is kept as the
  /// number's friendly name (64 characters at most) and tells later who bought it.
  package func buy(_ phoneNumber: String, name: String) async throws(CarrierFailure) -> CarrierNumber {
    let answer = try await document(
      "POST", path("/IncomingPhoneNumbers.json"), form: [("PhoneNumber", phoneNumber), ("FriendlyName", name)])
    return try number(answer.root)
  }

  /// The number in the carrier's account, if it is there: the read that settles a lost answer.
  package func number(_ phoneNumber: String) async throws(CarrierFailure) -> CarrierNumber? {
    let answer = try await document(
      "GET", path("/IncomingPhoneNumbers.json"), query: [("PhoneNumber", phoneNumber), ("PageSize", "20")])
    guard let list = answer.root["incoming_phone_numbers"] else { throw .unknown("the answer has no list") }
    // The filter matches parts of numbers too.
    return list.elements.compactMap(CarrierNumber.init).first { $0.phoneNumber == phoneNumber }
  }

  /// A number by its id; nil when the account has none such.
  package func number(sid: String) async throws(CarrierFailure) -> CarrierNumber? {
    do throws(CarrierFailure) {
      return try number(try await document("GET", path("/IncomingPhoneNumbers/\(FormEncoding.encode(sid)).json")).root)
    } catch {
      if case .answered(let refusal) = error, refusal.isNotFound { return nil }
      throw error
    }
  }

  /// Every number of the account, at most `limit`.
  package func numbers(limit: Int = 5_000) async throws(CarrierFailure) -> [CarrierNumber] {
    var found: [CarrierNumber] = []
    var next: String? = path("/IncomingPhoneNumbers.json?PageSize=100")
    // A page holds a hundred; a carrier that repeats itself must not keep us for ever.
    for _ in 0...(limit / 100) {
      guard let page = next else { break }
      let answer = try await document("GET", page)
      guard let list = answer.root["incoming_phone_numbers"] else { throw .unknown("the answer has no list") }
      found += list.elements.compactMap(CarrierNumber.init)
      next = answer.root["next_page_uri"]?.string
      // The next page is on the same host and in the same account, or it is not asked for.
      if let uri = next, !uri.hasPrefix(path("/")) { throw .unknown("the next page lies elsewhere") }
      if found.count >= limit { break }
    }
    return Array(found.prefix(limit))
  }

  /// Changes where the number's calls go, and answers what the carrier then has.
  package func setRoute(_ route: VoiceRoute, of sid: String) async throws(CarrierFailure) -> CarrierNumber {
    try number(
      try await document("POST", path("/IncomingPhoneNumbers/\(FormEncoding.encode(sid)).json"), form: route.form).root)
  }

  /// Gives the number back. Doing it twice is the same as once: a number that is gone is no failure.
  package func release(sid: String) async throws(CarrierFailure) {
    do throws(CarrierFailure) {
      _ = try await call("DELETE", path("/IncomingPhoneNumbers/\(FormEncoding.encode(sid)).json"))
    } catch {
      if case .answered(let refusal) = error, refusal.isNotFound { return }
      throw error
    }
  }

  /// Whether somebody is calling the number now.
  package func hasLiveCall(to phoneNumber: String) async throws(CarrierFailure) -> Bool {
    let answer = try await document(
      "GET", path("/Calls.json"), query: [("To", phoneNumber), ("Status", "in-progress"), ("PageSize", "1")])
    guard let calls = answer.root["calls"] else { throw .unknown("the answer has no list") }
    return !calls.elements.isEmpty
  }

  private func number(_ node: JSONNode) throws(CarrierFailure) -> CarrierNumber {
    guard let number = CarrierNumber(node) else { throw .unknown("the answer does not describe a number") }
    return number
  }
}

extension JSONNode {
  /// The elements of an array; none of anything else.
  var elements: [JSONNode] {
    var found: [JSONNode] = []
    forEachElement { found.append($0) }
    return found
  }
}
