import Contracts
import JSON
import Store
import Wire

extension CallFailure {
  static func noVerification(_ id: VerificationID) -> CallFailure {
    .notFound("VERIFICATION_NOT_FOUND", "There is no verification \(id).")
  }

  static func verificationOver(_ row: VerificationRow) -> CallFailure {
    .failedPrecondition(
      "VERIFICATION_OVER", "This verification has ended (\(row.reason?.code ?? row.state.rawValue)): start a new one.")
  }

  static var codeInCheck: CallFailure {
    .aborted("CODE_IN_CHECK", "A code for this verification is being checked: look again shortly.")
  }

  /// Meta wants to send no code before `until`.
  static func codeTooEarly(until: Int64, now: Int64) -> CallFailure {
    CallFailure(
      .resourceExhausted, "CODE_REQUEST_TOO_EARLY",
      "Meta sends no code this way before \(Timestamp(milliseconds: until)): wait, or choose the other method.",
      details: ["retry_at": .string(Timestamp(milliseconds: until).description)],
      retry: .afterMilliseconds(Int(until - now)))
  }
}

extension Connection {
  /// A verification that a caller named; throws `VERIFICATION_NOT_FOUND`, for another account's too.
  func verification(asked id: VerificationID, account: String) throws -> VerificationRow {
    guard let row = try verification(id, account: account) else { throw CallFailure.noVerification(id) }
    return row
  }
}
