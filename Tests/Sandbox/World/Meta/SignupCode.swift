/// The code Meta's popup gives the browser: single use, 30 seconds.
struct SignupCode: Sendable {
  static let life: Int64 = 30_000

  let wabaID: String
  let businessID: String
  /// What the customer granted.
  let scopes: [String]
  var expires: Int64
  var isUsed = false

  /// Spends the code.
  mutating func spend(now: Int64) throws(GraphError) {
    if isUsed { throw GraphError(100, "This authorization code has been used.", subcode: 36009) }
    if expires <= now { throw GraphError(100, "This authorization code has expired.", subcode: 36007) }
    isUsed = true
  }
}
