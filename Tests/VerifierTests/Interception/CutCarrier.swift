import CarrierAPI
import HTTP
import Synchronization
import TestSupport

@testable import Verifier

/// A carrier whose n-th request never comes back: before it has had its effect, or after.
final class CutCarrier: Carrier {
  enum Moment: Sendable, CaseIterable { case before, after }

  private let real: TwilioCarrier
  private let cut: Int
  private let moment: Moment
  private let count = Mutex(0)
  /// Opens when that request hangs.
  let reached = Latch()

  init(_ real: TwilioCarrier, at cut: Int, _ moment: Moment) {
    self.real = real
    self.cut = cut
    self.moment = moment
  }

  var name: String { real.name }
  var accountSID: String { real.accountSID }

  func number(_ phoneNumber: String) async throws(CarrierFailure) -> CarrierNumber? {
    let isCut = try await enter()
    let answer = try await real.number(phoneNumber)
    try await leave(isCut)
    return answer
  }

  func number(sid: String) async throws(CarrierFailure) -> CarrierNumber? {
    let isCut = try await enter()
    let answer = try await real.number(sid: sid)
    try await leave(isCut)
    return answer
  }

  func setRoute(_ route: VoiceRoute, of sid: String) async throws(CarrierFailure) -> CarrierNumber {
    let isCut = try await enter()
    let answer = try await real.setRoute(route, of: sid)
    try await leave(isCut)
    return answer
  }

  func hasLiveCall(to phoneNumber: String) async throws(CarrierFailure) -> Bool {
    try await real.hasLiveCall(to: phoneNumber)
  }
  func recording(sid: String) async throws(CarrierFailure) -> CarrierAudio { try await real.recording(sid: sid) }
  func deleteRecording(sid: String) async throws(CarrierFailure) { try await real.deleteRecording(sid: sid) }
  func recordings(ofCall callSID: String) async throws(CarrierFailure) -> [CarrierRecording] {
    try await real.recordings(ofCall: callSID)
  }
  func signedParameters(of request: HTTPRequest) -> [(name: String, value: String)]? {
    real.signedParameters(of: request)
  }
  func response(_ answer: VoiceAnswer) -> HTTPResponse { real.response(answer) }

  private func enter() async throws(CarrierFailure) -> Bool {
    let number = count.withLock { count in
      count += 1
      return count
    }
    let isCut = number == cut
    if isCut, moment == .before { try await hang() }
    return isCut
  }

  private func leave(_ isCut: Bool) async throws(CarrierFailure) {
    if isCut, moment == .after { try await hang() }
  }

  private func hang() async throws(CarrierFailure) {
    reached.open()
    do { try await Task.sleep(for: .seconds(60)) } catch { throw .unknown("the process ended") }
    throw .unknown("nobody ended the process")
  }
}
