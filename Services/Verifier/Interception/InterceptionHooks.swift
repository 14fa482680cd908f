import Contracts
import Store

/// What the journal tells the rest of the service, inside the transaction in which it became true.
struct InterceptionHooks: Sendable {
  /// The verification's calls come here now; the note says what could not be protected.
  var onArmed: @Sendable (Connection, VerificationID, _ note: String?) throws -> Void = { _, _, _ in }
  /// They will not; or no longer do, because somebody else changed the route. That the time is over is not told: the
  /// session knows its deadline, and a recording of it may still be on its way.
  var onArmFailed: @Sendable (Connection, VerificationID, SenderReason) throws -> Void = { _, _, _ in }
  /// Somebody should know.
  var alert: @Sendable (Connection, InterceptionAlert) throws -> Void = { _, _ in }
}

/// Something an account should know of its number's calls.
struct InterceptionAlert: Sendable, Equatable {
  /// `verification.route_not_restored`, `verification.route_restored`, `verification.route_left_alone`,
  /// `verification.route_given_back` or `verification.route_number_gone`.
  let kind: String
  let severity: AccountEvent.Severity
  let senderID: SenderID
  let accountID: String
  let message: String

  static func notRestored(_ row: InterceptionRow) -> InterceptionAlert {
    InterceptionAlert(
      kind: "verification.route_not_restored", severity: .critical, senderID: row.senderID, accountID: row.accountID,
      message: """
        The calls of \(row.shortNumber) still come to the verifier: the carrier did not take the normal voice route \
        back (\(row.lastError ?? "no answer yet")). It is tried again until it does; you can set the route at the \
        carrier yourself.
        """)
  }

  static func restored(_ row: InterceptionRow) -> InterceptionAlert {
    InterceptionAlert(
      kind: "verification.route_restored", severity: .info, senderID: row.senderID, accountID: row.accountID,
      message: "The calls of \(row.shortNumber) go their normal way again.")
  }

  /// A number whose calls were to come here for good, and no longer can.
  static func givenBack(_ row: InterceptionRow, _ reason: SenderReason) -> InterceptionAlert {
    InterceptionAlert(
      kind: "verification.route_given_back", severity: .warning, senderID: row.senderID, accountID: row.accountID,
      message: """
        The calls of \(row.shortNumber) no longer come to the verifier for good: \(reason.message) They are given back \
        to the normal voice route. \(reason.nextStep)
        """)
  }

  /// The number is in a carrier's account that the verifier no longer has.
  static func outOfReach(_ row: InterceptionRow) -> InterceptionAlert {
    InterceptionAlert(
      kind: "verification.route_not_restored", severity: .critical, senderID: row.senderID, accountID: row.accountID,
      message: """
        The verifier cannot change the voice route of \(row.shortNumber), which may still lead to it: \
        \(row.lastError ?? "the carrier's account is not configured"). It is tried again until it can; you can set the \
        route at the carrier yourself.
        """)
  }

  /// A number that the carrier's account no longer has, so that nothing can be read or given back.
  static func numberGone(_ row: InterceptionRow) -> InterceptionAlert {
    InterceptionAlert(
      kind: "verification.route_number_gone", severity: .warning, senderID: row.senderID, accountID: row.accountID,
      message: """
        The carrier's account no longer has \(row.shortNumber), whose calls were led to the verifier: nothing could be \
        given back. If the number still exists elsewhere, check its voice route there.
        """)
  }

  static func leftAlone(_ row: InterceptionRow) -> InterceptionAlert {
    InterceptionAlert(
      kind: "verification.route_left_alone", severity: .warning, senderID: row.senderID, accountID: row.accountID,
      message: """
        Somebody changed the voice route of \(row.shortNumber) while the verifier had it. It was left as it is: check \
        at the carrier that it is what you want.
        """)
  }
}
