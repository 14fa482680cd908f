import CarrierAPI
import Contracts
import Crypto
import Foundation
import HTTP
import TestSupport
import Transport
import VerifierHarness
import Wire

@testable import Verifier

/// A verifier with a carrier, a public URL, and a bought number whose calls go to a shop.
struct SessionScene {
  static let number = "+14155550125"
  static let shop = "https://shop.example/calls?a=1"
  static let publicURL = "https://verifier.example/here"

  let harness: VerifierHarness
  let carrier: ScriptedCarrier

  static func settings(_ carrier: ScriptedCarrier) -> [String: String] {
    carrier.settings.filter { $0.key != "CARRIER_RETRY" && $0.key != "CARRIER_TRIES" }
      .merging(["PUBLIC_URL": publicURL]) { $1 }
  }

  static func run(_ more: [String: String] = [:], _ body: (SessionScene) async throws -> Void) async throws {
    let carrier = try await ScriptedCarrier()
    carrier.hold(number)
    carrier.setRoute(of: number, ["VoiceUrl": shop, "VoiceMethod": "POST"])
    do {
      try await VerifierHarness.run(settings: settings(carrier).merging(more) { $1 }) {
        try await body(SessionScene(harness: $0, carrier: carrier))
      }
    } catch {
      await carrier.stop()
      throw error
    }
    await carrier.stop()
  }

  /// Where the number's calls go now.
  var voiceURL: String { carrier.route(of: Self.number)["VoiceUrl"] ?? "" }

  func start(key: String? = nil) async throws -> Verification {
    try await harness.call(
      VerifierAPI.StartVerification(
        senderID: VerifierHarness.platform, method: .voice, language: nil, acknowledgeInterception: true), key: key)
  }

  /// A session whose number is intercepted and whose code was asked for.
  func armed() async throws -> Verification {
    let begun = try await start()
    return try await reaches(.codeRequested, begun.id)
  }

  @discardableResult
  func reaches(_ state: Verification.State, _ id: VerificationID, after passed: Duration = .zero) async throws
    -> Verification
  {
    try await harness.after(passed, id, reaches: state)
  }

  /// A signed webhook as the carrier sends it; the answer's status and text.
  @discardableResult
  func webhook(
    _ path: String, _ fields: [(name: String, value: String)], token: String = ScriptedCarrier.authToken
  ) async throws -> (status: Int, text: String) {
    let body = fields.map { "\($0.name)=\(Self.escape($0.value))" }.joined(separator: "&")
    var signed = Self.publicURL + path
    for (name, value) in fields.sorted(by: { $0.name < $1.name }) { signed += name + value }
    let signature = Base64.encode(HMACSHA1.authenticate(Array(signed.utf8), key: Array(token.utf8)))
    let request = try HTTPRequest(
      method: "POST", target: path,
      headers: ["Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature],
      body: Array(body.utf8), remote: try SocketAddress(host: "127.0.0.1", port: 1))
    let response = await (try harness.service).web.respond(to: request)
    guard case .bytes(let bytes) = response.body else { return (response.status, "") }
    return (response.status, String(decoding: bytes, as: UTF8.self))
  }

  /// Somebody calls a number.
  func call(_ sid: String, to number: String = SessionScene.number) async throws -> (status: Int, text: String) {
    try await webhook(
      VoiceEdge.voice,
      [("CallSid", sid), ("From", "+16505551234"), ("To", number), ("CallStatus", "ringing"), ("NewField", "x y")])
  }

  func recorded(_ call: String, _ recording: String?, status: String = "completed") async throws -> Int {
    try await webhook(
      VoiceEdge.recordings,
      [("CallSid", call), ("RecordingStatus", status)] + (recording.map { [("RecordingSid", $0)] } ?? [])
    ).status
  }

  private static func escape(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
  }
}
