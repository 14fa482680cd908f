/// One request being handled: what its answer depends on.
struct HTTPExchange {
  /// Counts up per connection, so that a handler that comes back late is told from the present one.
  let number: Int
  let head: HTTPMessageHead
  /// Monotonic nanoseconds when the request was complete.
  let startedAt: Int64
  var task: Task<Void, Never>?
  var routeLabel: String?
  var status = 0

  init(number: Int, head: HTTPMessageHead, startedAt: Int64) {
    self.number = number
    self.head = head
    self.startedAt = startedAt
  }
}
