/// What an attempt says about the endpoint, apart from what becomes of the delivery.
enum EndpointVerdict: Sendable, Equatable {
  /// 2xx.
  case taken
  /// It answered, and neither took it nor is ill: a redirect, 4xx.
  case refused
  /// It answered that it is ill: 5xx.
  case failed
  /// No answer, and soon: nobody there, no such name, no trusted TLS.
  case silent
  /// No answer until the limit.
  case hanging
  /// It asks for a rest: 429, 502, 503, 504; for how long, in milliseconds, where it says so.
  case resting(asked: Int64?)
  /// 410: it wants nothing any more.
  case gone
  /// Nothing is known of it: no attempt can be made now, for a reason of ours.
  case hindered(Hindrance)
  /// Nothing is known of it: the attempt ended for a reason of ours.
  case unknown
}
