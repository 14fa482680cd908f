import Crypto

/// Everything the carrier remembers. A value.
struct CarrierState: Sendable {
  /// Numbers held, and offered, at most.
  static let limit = 20_000

  private(set) var numbers: [String: CarrierNumber] = [:]
  private(set) var offers: [PhoneDigits: CarrierOffer] = [:]
  /// Purchases and releases carried out.
  private(set) var bought = 0
  private(set) var released = 0

  /// A few numbers of several countries and kinds.
  init() {
    let stock: [(String, String, String, ClosedRange<Int>)] = [
      ("US", "Local", "1415555", 1100...1119), ("US", "TollFree", "1800555", 1100...1104),
      ("CA", "Local", "1416555", 1100...1104), ("GB", "Local", "442079460", 100...109),
      ("GB", "Mobile", "447700900", 100...109), ("DE", "Local", "493055500", 100...104),
      ("NL", "Mobile", "316550100", 10...14), ("FR", "National", "339555001", 10...14),
      ("AU", "Mobile", "614915700", 10...14),
    ]
    for (country, type, prefix, range) in stock {
      for number in range {
        guard let phone = PhoneDigits("\(prefix)\(number)") else { continue }
        offers[phone] = CarrierOffer(
          phone: phone, country: country, type: type, addressRequirements: country == "DE" ? "local" : "none")
      }
    }
  }

  func number(_ phone: PhoneDigits) -> CarrierNumber? { numbers.values.first { $0.phone == phone } }

  /// Held numbers in the order of their ids.
  var sorted: [CarrierNumber] { numbers.values.sorted { $0.sid < $1.sid } }

  /// What is for sale and matches; `contains` matches anywhere, `*` is any digit.
  func search(country: String, type: String, contains: String?, limit: Int) -> [CarrierOffer] {
    let found = offers.values.filter { offer in
      offer.country == country && offer.type == type
        && (contains.map { Self.matches(offer.phone.digits, $0) } ?? true)
    }
    return Array(found.sorted { $0.phone.digits < $1.phone.digits }.prefix(limit))
  }

  private static func matches(_ digits: String, _ pattern: String) -> Bool {
    let (digits, pattern) = (Array(digits.utf8), Array(pattern.utf8.filter { $0 != UInt8(ascii: "+") }))
    guard pattern.count <= digits.count else { return false }
    return (0...(digits.count - pattern.count)).contains { start in
      zip(digits[start...], pattern).allSatisfy { $1 == UInt8(ascii: "*") || $0 == $1 }
    }
  }

  /// Sells a number, once.
  mutating func buy(_ phone: PhoneDigits, name: String, hasAddress: Bool) throws(CarrierFailure) -> CarrierNumber {
    guard let offer = offers[phone] else { throw CarrierFailure(400, 21422, "\(phone) is not available") }
    guard offer.addressRequirements == "none" || hasAddress else {
      throw CarrierFailure(400, 21631, "Phone Number Requires an Address but the 'AddressSid' parameter was empty")
    }
    if numbers.count >= Self.limit { throw CarrierFailure(400, 21404, "too many numbers") }
    offers[phone] = nil
    bought += 1
    return hold(phone, name: name)
  }

  /// Puts a number into the account, sold or not.
  @discardableResult
  mutating func hold(_ phone: PhoneDigits, name: String) -> CarrierNumber {
    if let held = number(phone) { return held }
    let number = CarrierNumber(sid: Self.sid("PN"), phone: phone, friendlyName: name)
    numbers[number.sid] = number
    return number
  }

  mutating func offer(_ offer: CarrierOffer) throws(ControlFailure) {
    if offers.count >= Self.limit { throw ControlFailure("\(Self.limit) numbers are offered already", status: 409) }
    offers[offer.phone] = offer
  }

  mutating func update(_ sid: String, _ body: (inout CarrierNumber) -> Void) -> CarrierNumber? {
    guard var number = numbers[sid] else { return nil }
    body(&number)
    numbers[sid] = number
    return number
  }

  /// Takes a number back; false when the account has none such.
  mutating func release(_ sid: String) -> Bool {
    guard let number = numbers.removeValue(forKey: sid) else { return false }
    released += 1
    offers[number.phone] = CarrierOffer(
      phone: number.phone, country: number.phone.region, type: "Local", addressRequirements: "none")
    return true
  }

  /// Two letters and 32 hexadecimal digits.
  static func sid(_ prefix: String) -> String { prefix + Hex.encode(RandomBytes.make(16)) }
}
