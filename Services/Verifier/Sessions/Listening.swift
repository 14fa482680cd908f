import Contracts
import Store
import Wire

/// Whether the machine answers Meta's call, and the room it has for that.
struct Listening: Sendable {
  /// The carrier's name, as the inventory spells it.
  let carrierName: String
  /// Whether a carrier and a public URL are configured.
  let isConfigured: Bool
  /// Verifications at once, those that wait for a person left out.
  let limit: Int
  /// The longest interception, in milliseconds.
  let interception: Int64

  /// Who takes the code. Throws `MACHINE_NOT_AVAILABLE` when the machine is wanted and cannot.
  func answerer(
    of sender: ConnectedSender, _ call: VerifierAPI.StartVerification
  ) throws(CallFailure) -> Verification.Answerer {
    let obstacle = obstacle(sender, call.method)
    switch call.answeredBy {
    case .person: return .person
    case nil: return obstacle == nil ? .machine : .person
    case .machine:
      if let obstacle { throw .failedPrecondition("MACHINE_NOT_AVAILABLE", obstacle) }
      return .machine
    }
  }

  private func obstacle(_ sender: ConnectedSender, _ method: Verification.Method) -> String? {
    if method == .sms { return "The machine answers calls: ask for method voice." }
    if sender.origin != .platform { return "The number is not of the inventory: its owner gets the code and types it." }
    if sender.provider != carrierName {
      return "The number is not at the carrier that is configured here: whoever answers it types the code."
    }
    if !isConfigured {
      return "The verifier has no carrier or no PUBLIC_URL: set CARRIER_ACCOUNT_SID, CARRIER_AUTH_TOKEN and PUBLIC_URL."
    }
    return nil
  }

  /// Begins a session in the transaction that stores it. Throws `TOO_MANY_VERIFICATIONS`, or what the journal throws.
  func order(_ row: VerificationRow, _ connection: Connection, now: Int64) throws {
    guard try connection.runningSessions() <= limit else {
      throw CallFailure(
        .resourceExhausted, "TOO_MANY_VERIFICATIONS",
        "\(limit) verifications are under way, which is the most: try again in a minute.",
        retry: .afterMilliseconds(60_000))
    }
    try intercept(row, connection, now: now)
  }

  /// The number's calls are ordered here for what is left of the interception.
  func intercept(_ row: VerificationRow, _ connection: Connection, now: Int64) throws {
    guard let phoneNumber = row.phoneNumber else { return }
    let deadline = now + max(0, interception - row.interceptedMilliseconds)
    try connection.orderInterception(
      of: row.id, sender: row.senderID, account: row.accountID, phoneNumber: phoneNumber, deadline: deadline, now: now)
    try connection.execute("UPDATE verifications SET deadline_at = ? WHERE id = ?", deadline, row.id.text)
  }
}
