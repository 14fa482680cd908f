import CarrierAPI
import HTTP

/// A carrier whose numbers the verifier can listen to: what it must be able to do, whoever it is.
protocol Carrier: Sendable {
  /// As the setting `CARRIER` and the registry's inventory spell it.
  var name: String { get }

  /// The id of the account whose numbers these are.
  var accountSID: String { get }

  /// The number in the account, by E.164; nil when it is not there.
  func number(_ phoneNumber: String) async throws(CarrierFailure) -> CarrierNumber?

  /// The number by the carrier's id.
  func number(sid: String) async throws(CarrierFailure) -> CarrierNumber?

  /// Changes where the number's calls go, and answers what the carrier says it then has: not yet a proof.
  func setRoute(_ route: VoiceRoute, of sid: String) async throws(CarrierFailure) -> CarrierNumber

  /// Whether somebody is calling the number now.
  func hasLiveCall(to phoneNumber: String) async throws(CarrierFailure) -> Bool

  /// A recording's sound.
  func recording(sid: String) async throws(CarrierFailure) -> CarrierAudio

  /// Has the carrier forget a recording; one that is gone is no failure.
  func deleteRecording(sid: String) async throws(CarrierFailure)

  /// The recordings of a call.
  func recordings(ofCall callSID: String) async throws(CarrierFailure) -> [CarrierRecording]

  /// The fields of a webhook that this carrier signed; nil for every other request.
  func signedParameters(of request: HTTPRequest) -> [(name: String, value: String)]?

  /// The response that has the carrier do something with the call.
  func response(_ answer: VoiceAnswer) -> HTTPResponse
}
