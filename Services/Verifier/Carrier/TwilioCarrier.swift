import CarrierAPI
import Crypto
import HTTP

/// Twilio, or a carrier with its REST API, its markup and its signatures.
struct TwilioCarrier: Carrier {
  static let name = "twilio"

  var name: String { Self.name }
  var accountSID: String { client.settings.accountSID }
  let client: CarrierClient
  /// Where the carrier reaches this service; nil and no webhook can be told to be genuine.
  let publicURL: String?
  /// The account's token, and the one before it while a change is under way.
  let signingTokens: [Secret]

  func number(_ phoneNumber: String) async throws(CarrierFailure) -> CarrierNumber? {
    try await client.number(phoneNumber)
  }

  func number(sid: String) async throws(CarrierFailure) -> CarrierNumber? { try await client.number(sid: sid) }

  func setRoute(_ route: VoiceRoute, of sid: String) async throws(CarrierFailure) -> CarrierNumber {
    try await client.setRoute(route, of: sid)
  }

  func hasLiveCall(to phoneNumber: String) async throws(CarrierFailure) -> Bool {
    try await client.hasLiveCall(to: phoneNumber)
  }

  func recording(sid: String) async throws(CarrierFailure) -> CarrierAudio { try await client.recording(sid: sid) }

  func deleteRecording(sid: String) async throws(CarrierFailure) { try await client.deleteRecording(sid: sid) }

  func recordings(ofCall callSID: String) async throws(CarrierFailure) -> [CarrierRecording] {
    try await client.recordings(ofCall: callSID)
  }

  /// The URL is made of the configured public one: behind a proxy `Host` and scheme are not what the carrier called.
  func signedParameters(of request: HTTPRequest) -> [(name: String, value: String)]? {
    let signatures = request.headers.all("X-Twilio-Signature")
    guard let publicURL, signatures.count == 1, let signature = signatures.first else { return nil }
    let query = CarrierForm(Array((request.head.query ?? "").utf8))
    let url = publicURL + request.path + (request.head.query.map { "?" + $0 } ?? "")
    if isForm(request) {
      let form = CarrierForm(request.body)
      guard CarrierSignature.isValid(signature: signature, url: url, form: form, tokens: signingTokens) else {
        return nil
      }
      return form.texts + query.texts
    }
    if request.body.isEmpty {
      guard CarrierSignature.isValid(signature: signature, url: url, parameters: [], tokens: signingTokens) else {
        return nil
      }
    } else {
      guard CarrierSignature.isValid(signature: signature, url: url, body: request.body, tokens: signingTokens) else {
        return nil
      }
    }
    return query.texts
  }

  func response(_ answer: VoiceAnswer) -> HTTPResponse {
    HTTPResponse(status: 200, bytes: Array(answer.xml.utf8), contentType: "text/xml")
  }

  private func isForm(_ request: HTTPRequest) -> Bool {
    let type = request.headers["Content-Type"]?.prefix { $0 != ";" } ?? ""
    return request.method == "POST"
      && type.split(separator: " ").joined().lowercased() == "application/x-www-form-urlencoded"
  }
}
