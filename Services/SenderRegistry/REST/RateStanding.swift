import HTTP

/// Where a key stands with its requests.
struct RateStanding: Sendable, Equatable {
  /// Requests it may make at once after a rest.
  let quota: Int
  /// Requests it may make now.
  let remaining: Int
  /// Seconds in which an empty quota fills.
  let window: Int
  /// Seconds until the quota is full again.
  let fullIn: Int
  /// Milliseconds until the next request; nil when this one was let through.
  let wait: Int64?

  /// Capacity and tokens in thousandths of a request.
  init(_ capacity: Int64, _ tokens: Int64, _ perSecond: Int64, wait: Int64?) {
    quota = Int(capacity / 1_000)
    remaining = Int(max(0, tokens) / 1_000)
    window = Self.seconds(capacity, perSecond)
    fullIn = Self.seconds(capacity - tokens, perSecond)
    self.wait = wait
  }

  private static func seconds(_ thousandths: Int64, _ perSecond: Int64) -> Int {
    Int((thousandths + perSecond * 1_000 - 1) / (perSecond * 1_000))
  }

  /// The fields of draft-ietf-httpapi-ratelimit-headers-10: the policy, and how much of it is left.
  func say(in response: inout HTTPResponse) {
    response.headers.set("RateLimit-Policy", "\"key\";q=\(quota);w=\(window)")
    response.headers.set("RateLimit", "\"key\";r=\(remaining);t=\(fullIn)")
  }
}
