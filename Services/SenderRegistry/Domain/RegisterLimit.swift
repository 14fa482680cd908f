/// Meta's limit on `register`: ten calls per number in 72 hours, then none for 72 (facts: registration and PIN).
enum RegisterLimit {
  static let calls = 10
  static let periodMilliseconds: Int64 = 72 * 3_600_000
}
