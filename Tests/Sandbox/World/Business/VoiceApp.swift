import Crypto
import HTTP
import Synchronization
import Telemetry

/// The voice application of a business: it answers its own calls, and only those the carrier has signed for it.
package final class VoiceApp: Sendable {
  /// Businesses, and calls of each, that are remembered; calls beyond it are answered and counted.
  static let businessLimit = 1_000
  static let callLimit = 10_000

  /// A call as the application was told of it.
  package struct Call: Sendable {
    package let sid: String
    package let from: String
    package let to: String
    package let status: String
    /// The carrier signed for the very URL that was called.
    package let isVerified: Bool
    package let at: Int64
  }

  private let calls = Mutex<[String: [Call]]>([:])
  private let token: Secret
  private let faults: FaultBook
  private let clock: WallClock

  init(token: Secret, faults: FaultBook, clock: WallClock) {
    self.token = token
    self.faults = faults
    self.clock = clock
  }

  /// What reached a business, in order of arrival.
  package func calls(of name: String) -> [Call] { calls.withLock { $0[name] ?? [] } }

  func answer(_ request: HTTPRequest, name: String) async -> HTTPResponse {
    await Door(name: "business:\(name)", faults: faults).pass(
      work: { take(request, name) },
      refusal: { .text("ordered by the sandbox\n", status: $0.parameters.status ?? 500) })
  }

  private func take(_ request: HTTPRequest, _ name: String) -> HTTPResponse {
    let isGet = request.method == "GET"
    let text = isGet ? request.head.query ?? "" : String(decoding: request.body, as: UTF8.self)
    let fields = PercentCoding.fields(text).map { (name: $0.0, value: $0.1) }
    let values = Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
    // Its own address, as the caller spelt it: a request that was passed on by somebody else carries the signature of
    // another address.
    let host = request.headers["host"] ?? request.head.authority
    let urls = [host, host + ":80"].map { "http://\($0)\(request.head.target)" }
    let isVerified = CarrierSignature.isValid(
      request.headers["x-twilio-signature"], urls: urls, parameters: isGet ? [] : fields, token: token.bytes)
    let call = Call(
      sid: values["CallSid"] ?? "", from: values["From"] ?? "", to: values["To"] ?? "",
      status: values["CallStatus"] ?? "", isVerified: isVerified, at: clock.now)
    calls.withLock { calls in
      guard calls[name] != nil || calls.count < Self.businessLimit else { return }
      if (calls[name]?.count ?? 0) < Self.callLimit { calls[name, default: []].append(call) }
    }
    guard isVerified else { return .text("the carrier's signature is wrong\n", status: 403) }
    let twiml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Say>Thank you for calling.</Say></Response>"
    return HTTPResponse(status: 200, bytes: Array(twiml.utf8), contentType: "text/xml")
  }
}
