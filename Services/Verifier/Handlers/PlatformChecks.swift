import CarrierAPI
import Contracts
import JSON
import Store
import Wire

/// What is asked before a platform number is verified: its normal calls are intercepted while Meta calls.
struct PlatformChecks: Sendable {
  /// The one kind of carrier whose numbers can be listened to.
  let carrierName: String
  /// Nil while none is configured.
  let carrier: (any Carrier)?

  private static let warning = """
    Meta calls the number to tell a code. Until it has, for at most five minutes, normal calls to the number are \
    intercepted and do not reach whoever answers them otherwise. Send acknowledge_interception: true to go on.
    """

  static let notAcknowledged = CallFailure.invalidArgument(
    "INTERCEPTION_NOT_ACKNOWLEDGED", warning, field: "acknowledge_interception")

  /// Throws when the verification must not begin now; otherwise what could not be checked, nil when all was.
  func check(
    _ sender: ConnectedSender, _ call: VerifierAPI.StartVerification, _ database: Database
  ) async throws -> String? {
    guard sender.origin == .platform else { return nil }
    guard call.acknowledgeInterception == true else {
      throw Self.notAcknowledged
    }
    guard sender.provider != "manual" else {
      return "The number was entered by hand, so no carrier could be asked whether it carries a call."
    }
    if let provider = sender.provider, provider != carrierName {
      if call.answeredBy == .person {
        return "The number is at a carrier that is not known here, which could not be asked whether it carries a call."
      }
      throw CallFailure.failedPrecondition(
        "CARRIER_UNSUPPORTED",
        "The number is at \(provider.prefix(40)), whose calls cannot be listened to: only \(carrierName)'s can be. "
          + "Send answered_by: person when somebody gets its calls or messages and types the code.")
    }
    guard carrier != nil else {
      return "No carrier is configured here, so nobody could be asked whether the number carries a call."
    }
    // While one is open the call there is may be Meta's, and this request is refused or a repeat.
    if try await database.read({ try $0.openVerification(of: sender.id) }) != nil { return nil }
    try await refuseBusy(sender.phoneNumber)
    return nil
  }

  /// Nobody is cut off by an interception: throws `NUMBER_BUSY` while somebody is calling.
  func refuseBusy(_ phoneNumber: String) async throws(CallFailure) {
    guard let carrier else { return }
    let isBusy: Bool
    do throws(CarrierFailure) {
      isBusy = try await carrier.hasLiveCall(to: phoneNumber)
    } catch {
      // Rather late than in the middle of somebody's call.
      throw CallFailure.unavailable(
        "CARRIER_UNREACHABLE", "The carrier does not tell whether the number carries a call: try again shortly.")
    }
    if isBusy {
      throw CallFailure(
        .failedPrecondition, "NUMBER_BUSY", "Somebody is calling the number now: try again when the call is over.",
        retry: .afterMilliseconds(60_000))
    }
  }

  /// Two verifications of one number would take each other's call.
  func refuseRunning(_ sender: ConnectedSender, _ connection: Connection) throws {
    guard sender.origin == .platform,
      try connection.isNumberInVerification(sender.phoneNumber, besides: sender.id)
    else { return }
    throw CallFailure.failedPrecondition(
      "VERIFICATION_RUNNING", "Another verification of this number is open: wait until it has ended.")
  }
}
