import Crypto
import Foundation

/// Makes the webhooks of a number at Meta's top rate: of each four one message of a customer and the three statuses of
/// a message that was sent. Every fiftieth comes twice.
struct RateMill: Sendable {
  static let customers = 5_000

  private let key: HMACSHA256Key
  private let port: Int
  private let to: WebhookMill.Recipient
  private let seconds = Int(Date().timeIntervalSince1970)

  init(secret: Secret, port: Int, to recipient: WebhookMill.Recipient = .init()) {
    to = recipient
    key = HMACSHA256Key(secret)
    self.port = port
  }

  /// Webhooks that carry `messages` messages and thrice as many statuses.
  static func count(messages: Int) -> Int { messages * 4 + messages * 4 / 50 }

  static func customer(_ number: Int) -> String { "1650\(5_550_000 + number % customers)" }
  static func user(_ number: Int) -> String { "US.13491208655302\(741_000 + number % customers)" }
  static func sentID(_ number: Int) -> String { "wamid." + Base64.encode(Array("bench sent \(number)".utf8)) }

  /// The n-th request, head and body.
  func request(_ index: Int) -> [UInt8] {
    // Every 51st repeats the one before.
    let update = index - (index + 1) / 51
    let body = Array(
      """
      {"object":"whatsapp_business_account","entry":[{"id":"\(to.wabaID)","time":\(seconds),"changes":[{"value":\
      {"messaging_product":"whatsapp","metadata":{"display_phone_number":"\(to.businessNumber)",\
      "phone_number_id":"\(to.phoneNumberID)"},\(update % 4 == 0 ? message(update / 4) : status(update))},\
      "field":"messages"}]}]}
      """.utf8)
    return WebhookMill.request(body, key: key, port: port)
  }

  private func message(_ number: Int) -> String {
    let wamid = "wamid." + Base64.encode(Array("bench message \(number)".utf8))
    return """
      "contacts":[{"profile":{"name":"Sheena Nelson"},"wa_id":"\(Self.customer(number))",\
      "user_id":"\(Self.user(number))"}],"messages":[{"from":"\(Self.customer(number))",\
      "from_user_id":"\(Self.user(number))","id":"\(wamid)","timestamp":"\(seconds)",\
      "text":{"body":"Does it come in another color?"},"type":"text"}]
      """
  }

  private func status(_ update: Int) -> String {
    let number = update / 4
    let status = ["sent", "delivered", "read"][update % 4 - 1]
    let pricing =
      status == "read"
      ? "" : #","pricing":{"billable":true,"pricing_model":"PMP","type":"regular","category":"marketing"}"#
    return """
      "statuses":[{"id":"\(Self.sentID(number))","status":"\(status)","timestamp":"\(seconds)",\
      "recipient_id":"\(Self.customer(number))","recipient_user_id":"\(Self.user(number))"\(pricing)}]
      """
  }
}
