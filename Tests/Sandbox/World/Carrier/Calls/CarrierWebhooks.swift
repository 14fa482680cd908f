import Synchronization
import Crypto
import Transport

/// Sends the carrier's webhooks: form fields, signed over the URL as it was configured.
final class CarrierWebhooks: Sendable {
  /// A webhook to be sent.
  struct Order: Sendable {
    /// `voice`, `fallback`, `redirect`, `action`, `recording_callback`.
    var purpose: String
    var url: String
    var method: String
    var fields: CarrierForm.Fields
    var timeout: Duration
  }

  /// Why there is no answer to go by, with Twilio's code for it.
  struct Failure: Error, Sendable {
    var code: Int
    var text: String
    var status: Int?
  }

  /// What came back, and the fault that struck on the way.
  struct Outcome: Sendable {
    var result: Result<AnswerReader.Answer, Failure>
    var fault: Fault.Kind?
  }

  private let loop: EventLoop
  private let sender: WebhookSender
  private let faults: FaultBook
  private let token: Secret
  private let wrongToken = Secret(Hex.encode(RandomBytes.make(16)))

  init(loop: EventLoop, faults: FaultBook, token: Secret) {
    self.loop = loop
    self.faults = faults
    self.token = token
    sender = WebhookSender(loop: loop)
  }

  /// Sends it once, or as a fault at its door will have it.
  func send(_ order: Order) async -> Outcome {
    guard let door = Self.door(of: order.purpose), let fault = faults.take(at: door) else {
      return Outcome(result: await deliver(order, token))
    }
    var outcome = Outcome(result: .failure(Failure(code: 11_200, text: "dropped by order")), fault: fault.kind)
    switch fault.kind {
    case .drop: break
    case .wrongSignature: outcome.result = await deliver(order, wrongToken)
    case .duplicate:
      outcome.result = await deliver(order, token)
      _ = await deliver(order, token)
    default:
      do { try await Task.sleep(for: .milliseconds(fault.parameters.milliseconds ?? 1_000)) } catch { return outcome }
      outcome.result = await deliver(order, token)
    }
    return outcome
  }

  /// Closes every connection; what is under way fails.
  func stop() async { await loop.perform { [self] in sender.stop() } }

  /// The fallback is part of the call's set-up, a redirect of its course: both have no faults of their own.
  private static func door(of purpose: String) -> String? {
    switch purpose {
    case "voice": "carrier.voice_webhook"
    case "action": "carrier.action"
    case "recording_callback": "carrier.recording_callback"
    default: nil
    }
  }

  private func deliver(_ order: Order, _ token: Secret) async -> Result<AnswerReader.Answer, Failure> {
    let url: String
    let target: WebhookURL
    let isGet = order.method == "GET"
    url = isGet ? CarrierForm.url(order.url, adding: order.fields) : order.url
    do throws(ControlFailure) { target = try WebhookURL(url) } catch {
      return .failure(Failure(code: 11_210, text: error.description))
    }
    let signature = CarrierSignature.make(url: url, parameters: isGet ? [] : order.fields, token: token.bytes)
    let body = isGet ? "" : CarrierForm.encode(order.fields)
    var head = "\(order.method) \(target.path) HTTP/1.1\r\nHost: \(Self.host(of: url))\r\nConnection: close\r\n"
    head += "User-Agent: TwilioProxy/1.1\r\nAccept: */*\r\nX-Twilio-Signature: \(signature)\r\n"
    if !isGet {
      head += "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
      head += "Content-Length: \(body.utf8.count)\r\n"
    }
    let request = Array((head + "\r\n" + body).utf8)
    let result = await withCheckedContinuation { continuation in
      loop.execute { [self] in
        sender.send(request, to: target, timeout: order.timeout) { continuation.resume(returning: $0) }
      }
    }
    switch result {
    case .failure(let failure): return .failure(Self.failure(failure))
    case .success(let answer):
      guard (200..<300).contains(answer.status) else {
        return .failure(Failure(code: 11_200, text: "got HTTP \(answer.status)", status: answer.status))
      }
      return .success(answer)
    }
  }

  private static func failure(_ failure: WebhookFailure) -> Failure {
    switch failure {
    case .unreachable(let why): Failure(code: 11_205, text: "cannot connect: \(why)")
    case .timeout: Failure(code: 11_205, text: "no answer in time")
    case .closed: Failure(code: 11_205, text: "the connection closed before an answer")
    case .badAnswer: Failure(code: 11_206, text: "the answer is not HTTP")
    }
  }

  /// The URL's authority as it is spelt: an application may rebuild the signed URL from it.
  private static func host(of url: String) -> Substring {
    url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
  }
}
