import Crypto

/// Makes requests to the API that send a text each, no two alike, to customers in turn, from numbers in turn.
struct SendMill: Sendable {
  let senders: [String]
  let key: String
  let customers: Int

  func request(_ index: Int) -> [UInt8] {
    // A customer is always written to from the same number when the customers divide evenly among the numbers.
    let customer = index % customers
    let body = """
      {"sender_id":"\(senders[customer % senders.count])","to":"+1555\(2_000_000 + customer)","text":"Your order \(index) is ready."}
      """
    return Array(
      """
      POST /v1/messages HTTP/1.1\r
      Host: 127.0.0.1\r
      Authorization: Bearer \(key)\r
      Idempotency-Key: bench-\(index)\r
      Content-Type: application/json\r
      Content-Length: \(body.utf8.count)\r
      \r
      \(body)
      """.utf8)
  }
}
