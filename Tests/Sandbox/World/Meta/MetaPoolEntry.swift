/// A number in a partner's pool of pre-verified ones. A value; time comes in.
package struct MetaPoolEntry: Sendable {
  static let day: Int64 = 86_400_000
  /// How long a verification lasts, and how long before its end it may be renewed (pre-verified numbers).
  static let life = 90 * day
  static let renewal = 45 * day

  package let businessID: String
  let added: Int64
  /// The code part of a number: requests, tries, limits.
  private var number: MetaNumber
  private(set) var verified: Int64?
  package private(set) var expires: Int64?

  init(id: String, businessID: String, phone: PhoneDigits, now: Int64) {
    self.businessID = businessID
    added = now
    number = MetaNumber(id: id, wabaID: "", phone: phone, verifiedName: "", isVerified: false)
  }

  package var id: String { number.id }
  package var phone: PhoneDigits { number.phone }

  /// What Graph calls `code_verification_status`.
  package func status(now: Int64) -> String {
    guard let expires else { return "NOT_VERIFIED" }
    return now < expires ? "VERIFIED" : "EXPIRED"
  }

  /// Not verified within 90 days of being added: no longer in the pool.
  func isDropped(now: Int64) -> Bool { expires == nil && now >= added + Self.life }

  mutating func requestCode(
    _ code: String, now: Int64, limit: Int = MetaNumber.codeRequestLimit
  ) throws(GraphError) {
    number.isVerified = expires.map { now < $0 - Self.renewal } ?? false
    try number.requestCode(code, now: now, limit: limit)
  }

  mutating func verify(_ code: String, now: Int64) throws(GraphError) {
    try number.verify(code, now: now)
    verified = now
    expires = now + Self.life
  }

  /// As if it had been verified so that it ends then; nil for never verified.
  mutating func set(expires: Int64?) {
    self.expires = expires
    verified = expires.map { $0 - Self.life }
  }
}
