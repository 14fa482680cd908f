import Crypto

/// Identifiers of the shapes Meta hands out.
enum MetaIdentifier {
  /// A numeric object id of 15 digits, never starting with 0.
  static func object() -> String {
    "1" + RandomBytes.make(14).map { String($0 % 10) }.joined()
  }

  /// A message id: `wamid.` and something opaque that may hold `=`, as the real ones do.
  static func message() -> String { "wamid.HBgL" + Base64.encode(RandomBytes.make(22)) }

  /// A business token.
  static func token() -> String { "EAA" + Hex.encode(RandomBytes.make(48)) }

  /// An authorization code.
  static func code() -> String { "AQ" + Base64.encodeURLSafe(RandomBytes.make(60)) }

  static func trace() -> String { "A" + Base64.encodeURLSafe(RandomBytes.make(16)) }

  /// The business-scoped user id of a customer: stable for one portfolio, different in another.
  static func user(_ phone: PhoneDigits, business: String) -> String {
    let digest = SHA256.hash(Array("\(business):\(phone.digits)".utf8))
    return phone.region + "." + digest.prefix(18).map { String($0 % 10) }.joined()
  }
}
