import Crypto
import Foundation
import JSON

/// Makes signed webhooks as Meta sends them, of one text message each, no two alike.
struct WebhookMill {
  static let phoneNumberID = "106540352242922"
  static let wabaID = "102290129340398"
  static let businessNumber = "15550783881"

  /// Whom its messages are for.
  struct Recipient: Sendable {
    var phoneNumberID = WebhookMill.phoneNumberID
    var wabaID = WebhookMill.wabaID
    var businessNumber = WebhookMill.businessNumber
  }

  private let key: HMACSHA256Key
  private let port: Int
  private let to: Recipient
  private let seconds = Int(Date().timeIntervalSince1970)
  private var made = 0

  init(secret: Secret, port: Int, to recipient: Recipient = Recipient()) {
    key = HMACSHA256Key(secret)
    self.port = port
    to = recipient
  }

  /// The next `count` requests, head and body. Signing is Meta's work: it happens before the clock runs.
  mutating func requests(_ count: Int) -> [[UInt8]] { (0..<count).map { _ in request() } }

  private mutating func request() -> [UInt8] {
    made += 1
    let body = body(number: made)
    return Self.request(body, key: key, port: port)
  }

  /// A webhook as Meta would post it, head and body, signed.
  static func request(_ body: [UInt8], key: HMACSHA256Key, port: Int) -> [UInt8] {
    let head = """
      POST /webhooks/meta HTTP/1.1\r
      Host: 127.0.0.1:\(port)\r
      Accept: */*\r
      Content-Type: application/json\r
      X-Hub-Signature-256: sha256=\(Hex.encode(key.authenticate(body)))\r
      Content-Length: \(body.count)\r
      \r\n
      """
    return Array(head.utf8) + body
  }

  private func body(number: Int) -> [UInt8] {
    // A thousand customers, who write in turn.
    let customer = "1650555\(1_000 + number % 1_000)"
    let userID = "US.13491208655302\(741_000 + number % 1_000)"
    let wamid = "wamid." + Base64.encode(Array("bench message \(1_000_000_000 + number)".utf8))
    return Array(
      """
      {"object":"whatsapp_business_account","entry":[{"id":"\(to.wabaID)","time":\(seconds),"changes":[{"value":\
      {"messaging_product":"whatsapp","metadata":{"display_phone_number":"\(to.businessNumber)",\
      "phone_number_id":"\(to.phoneNumberID)"},"contacts":[{"profile":{"name":"Sheena Nelson"},\
      "wa_id":"\(customer)","user_id":"\(userID)"}],"messages":[{"from":"\(customer)","from_user_id":"\(userID)",\
      "id":"\(wamid)","timestamp":"\(seconds)","text":{"body":"Does it come in another color?"},"type":"text"}]},\
      "field":"messages"}]}]}
      """.utf8)
  }
}
