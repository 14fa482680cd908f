package import JSON
import Synchronization
import Telemetry

/// Customers who write to businesses: each message becomes a webhook.
package struct CustomerDesk: Sendable {
  let graph: MetaGraph
  let ledger: Ledger
  let phones: PhoneBook
  let webhooks: MetaWebhooks
  let clock: WallClock

  /// Messages one burst may send.
  package static let burstLimit = 100_000

  /// Sends a text, or a message of another type given as Meta's webhook would show it (`raw`, with its `type`).
  ///
  /// `to` is a number's id or its phone number; nil means the only one there is. Returns the message's id.
  /// Throws when there is no such number, or nobody would hear of the message.
  @discardableResult
  package func send(
    _ text: String, raw: JSONObject? = nil, from customer: PhoneDigits, to business: String? = nil
  ) throws(ControlFailure) -> String {
    try send(text, raw: raw, from: customer, to: try route(to: business))
  }

  /// Sends `count` texts, `prefix 1`, `prefix 2` …, spread over so many customers.
  package func burst(
    count: Int, prefix: String, customers: Int? = nil, to business: String? = nil
  ) async throws(ControlFailure) {
    let customers = customers ?? count
    guard (1...Self.burstLimit).contains(count) else { throw ControlFailure("count is 1 to \(Self.burstLimit)") }
    guard (1...Self.burstLimit).contains(customers) else {
      throw ControlFailure("customers is 1 to \(Self.burstLimit)")
    }
    let route = try route(to: business)
    for index in 1...count {
      try send("\(prefix) \(index)", raw: nil, from: try Self.burstCustomer((index - 1) % customers), to: route)
      // Others want their turn on the loop while a large burst is made.
      if index % 200 == 0 { await Task.yield() }
    }
  }

  /// The customer with this place in a burst: +1555 and seven digits.
  package static func burstCustomer(_ index: Int) throws(ControlFailure) -> PhoneDigits {
    guard (0..<8_000_000).contains(index), let phone = PhoneDigits("1555\(2_000_000 + index)") else {
      throw ControlFailure("a burst has no customer \(index)")
    }
    return phone
  }

  /// Ends the 24 hours after the customer's last message, as if they were over.
  package func closeWindow(of customer: PhoneDigits, to business: String? = nil) throws(ControlFailure) {
    let number = try route(to: business).number
    graph.state.withLock { $0.closeWindow(number: number.id, customer: customer) }
  }

  struct Route: Sendable {
    var number: MetaNumber
    var account: MetaAccount
    var overrideURL: String?
  }

  func route(to business: String?) throws(ControlFailure) -> Route {
    let (numbers, accounts) = graph.state.withLock { ($0.numbers, $0.accounts) }
    let number: MetaNumber
    if let business {
      let phone = PhoneDigits(business)
      guard let found = numbers[business] ?? numbers.values.first(where: { $0.phone == phone }) else {
        throw ControlFailure("no business number \(business)", status: 404)
      }
      number = found
    } else {
      let registered = numbers.values.filter(\.isRegistered)
      guard let only = registered.first, registered.count == 1 else {
        throw ControlFailure("\(registered.count) numbers are registered: say which with \"to\"", status: 409)
      }
      number = only
    }
    guard number.isRegistered else { throw ControlFailure("\(number.phone) is not registered", status: 409) }
    guard let account = accounts[number.wabaID], let subscription = account.subscription else {
      throw ControlFailure("no app has subscribed to account \(number.wabaID)", status: 409)
    }
    return Route(number: number, account: account, overrideURL: number.webhookOverride ?? subscription.overrideURL)
  }

  @discardableResult
  func send(
    _ text: String, raw: JSONObject?, from customer: PhoneDigits, to route: Route
  ) throws(ControlFailure) -> String {
    let now = clock.now
    let id = MetaIdentifier.message()
    let isOpen = graph.state.withLock { $0.openWindow(number: route.number.id, customer: customer, now: now) }
    if !isOpen { throw ControlFailure("no more customer service windows are remembered", status: 507) }
    let isKept = ledger.inboundSent(
      InboundRecord(wamid: id, from: customer, phoneNumberID: route.number.id, text: text, at: now))
    if !isKept { throw ControlFailure("the ledger is full", status: 507) }
    let phone = phones[customer]
    let message = CustomerMessage(
      id: id, from: phone.hidesNumber ? nil : customer.digits,
      userID: phones.userID(of: customer, business: route.account.businessID), name: phone.name, timestamp: now,
      text: text, raw: raw)
    webhooks.send(
      WebhookUpdate(
        wabaID: route.account.id, phoneNumberID: route.number.id, displayNumber: route.number.phone.digits,
        overrideURL: route.overrideURL, content: .message(message)))
    return id
  }
}
