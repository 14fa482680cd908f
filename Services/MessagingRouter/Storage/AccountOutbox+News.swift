import Contracts
import Crypto
import JSON
import Store

extension AccountOutbox {
  /// Tells the account that a portfolio nears its limit, or has reached it.
  static func tellUsage(
    used: Int, limit: Int, told: Int, phoneNumberID: String, wabaID: String, at now: Int64, _ connection: Connection
  ) throws {
    let news = RouterNews.PortfolioUsage(phoneNumberID: phoneNumberID, used: used, limit: limit, told: told)
    try tell(RouterNews.PortfolioUsage.field, news, wabaID: wabaID, at: now, connection)
  }

  /// Tells the account that a number, or its broadcasts, were stopped. A sender without a WABA is not told of: the
  /// registry would not know whose it is.
  static func tellStopped(
    sender: String, _ error: MessageError, onlyBroadcasts: Bool, at now: Int64, _ connection: Connection
  ) throws {
    let known = try connection.first(
      "SELECT waba_id, phone_number_id FROM replica_senders WHERE sender_id = ?", sender
    ) { (try $0.optionalText(0), try $0.optionalText(1)) }
    guard let wabaID = known?.0, let phoneNumberID = known?.1 else { return }
    let news = RouterNews.SendingStopped(
      phoneNumberID: phoneNumberID, code: error.code, message: error.message, nextStep: error.nextStep,
      onlyBroadcasts: onlyBroadcasts)
    try tell(RouterNews.SendingStopped.field, news, wabaID: wabaID, at: now, connection)
  }

  private static func tell(
    _ field: String, _ news: some Encodable, wabaID: String, at now: Int64, _ connection: Connection
  ) throws {
    let event = SenderRegistryAPI.RecordMetaEvents.Event(
      eventID: EventID(trusted: "evt_" + ULID.make(milliseconds: now)), wabaID: wabaID, field: field,
      value: String(decoding: try JSONCoder.encode(news), as: UTF8.self), receivedAt: Timestamp(milliseconds: now))
    try queue.enqueue(
      connection, id: event.eventID.text, payload: try JSONCoder.encode(event), dueAt: now, now: now)
  }
}
