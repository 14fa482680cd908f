import HTTP
import JSON
import Synchronization
import Telemetry

/// The businesses' own systems: they verify each receipt against the secret they were given and remember it.
package final class ReceiptEndpoint: Sendable {
  /// Businesses that are remembered.
  package static let businessLimit = 1_000

  private struct Business {
    var secret: String?
    var receipts: [Receipt] = []
    var countByEvent: [String: Int] = [:]
  }

  private let businesses = Mutex<[String: Business]>([:])
  private let receiptLimit: Int
  private let faults: FaultBook
  private let ledger: Ledger
  private let clock: WallClock

  init(faults: FaultBook, ledger: Ledger, clock: WallClock, receiptLimit: Int) {
    self.receiptLimit = receiptLimit
    self.faults = faults
    self.ledger = ledger
    self.clock = clock
  }

  /// Gives a business the signing secret it copied from its account. Throws beyond the limit.
  package func setSecret(_ secret: String, of name: String) throws(ControlFailure) {
    let isFull = businesses.withLock { businesses in
      if businesses[name] == nil, businesses.count >= Self.businessLimit { return true }
      businesses[name, default: Business()].secret = secret
      return false
    }
    if isFull { throw ControlFailure("\(Self.businessLimit) businesses exist already", status: 409) }
  }

  /// What a business received, in order of arrival.
  package func receipts(of name: String) -> [Receipt] { businesses.withLock { $0[name]?.receipts ?? [] } }

  /// How often each event reached a business with right signatures.
  package func events(of name: String) -> [String: Int] { businesses.withLock { $0[name]?.countByEvent ?? [:] } }

  func answer(_ request: HTTPRequest, name: String) async -> HTTPResponse {
    await Door(name: "business:\(name)", faults: faults).pass(
      work: { receive(request, name) },
      refusal: { fault in
        var response = HTTPResponse.text("ordered by the sandbox\n", status: fault.parameters.status ?? 500)
        if let seconds = fault.parameters.retryAfter { response.headers.set("Retry-After", String(seconds)) }
        return response
      })
  }

  private func receive(_ request: HTTPRequest, _ name: String) -> HTTPResponse {
    let headers = ReceiptSignature.Headers(
      signature256: request.headers["x-signature-256"],
      signature256Next: request.headers["x-signature-256-next"], id: request.headers["webhook-id"],
      timestamp: request.headers["webhook-timestamp"], signature: request.headers["webhook-signature"])
    let now = clock.now
    let secret = businesses.withLock { $0[name]?.secret }
    // A receiver that does not have the secret yet asks for another try: it cannot judge.
    guard let secret else { return .text("no secret yet\n", status: 503) }
    let problem = ReceiptSignature.problem(headers, body: request.body, secret: secret, nowSeconds: now / 1_000)
    let isKept = businesses.withLock { businesses in
      guard var business = businesses.removeValue(forKey: name) else { return false }
      defer { businesses[name] = business }
      if business.receipts.count >= receiptLimit { return false }
      let event = headers.id ?? ""
      business.receipts.append(
        Receipt(
          at: now, eventID: event, body: String(decoding: request.body, as: UTF8.self), problem: problem,
          repeats: business.countByEvent[event] ?? 0))
      if problem == nil { business.countByEvent[event, default: 0] += 1 }
      return true
    }
    if !isKept { return .text("the sandbox remembers no more receipts\n", status: 507) }
    if let problem {
      ledger.count { $0.receiptsRefused += 1 }
      return .text("\(problem)\n", status: 401)
    }
    ledger.count { $0.receiptsVerified += 1 }
    return HTTPResponse(status: 204)
  }
}
