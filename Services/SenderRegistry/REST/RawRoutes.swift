import Contracts
import HTTP
import Wire

/// A request to an endpoint that is no call: its caller is admitted, its content type and length are as declared.
struct RawRequest: Sendable {
  let http: HTTPRequest
  /// Without account and actor at public endpoints.
  let context: CallContext
  /// The version named by `If-Match`; only where the endpoint takes it.
  let ifVersion: Int64?
  /// Of the body, lower case and without parameters; nil without a body.
  let contentType: String?

  /// A `{name}` of the path as a value of its kind. Throws `BAD_PARAMS`, as a call would.
  func identifier<Kind>(_ name: String) throws(CallFailure) -> Identifier<Kind> {
    do throws(ValueFailure) {
      return try Identifier(parsing: http.pathParameters[name] ?? "")
    } catch {
      throw .invalidArgument("BAD_PARAMS", "\(name): \(error.message)", field: name)
    }
  }
}

/// Which handler answers which raw endpoint.
struct RawRoutes: Sendable {
  typealias Handler = @Sendable (RawRequest) async throws -> HTTPResponse

  private(set) var all: [(endpoint: RawEndpoint, handler: Handler)] = []

  /// Answers `endpoint` with `handler`: an answer of the endpoint's success status, or a thrown `CallFailure`.
  mutating func on(_ endpoint: RawEndpoint, _ handler: @escaping Handler) {
    precondition(!all.contains { $0.endpoint.name == endpoint.name }, "two handlers for \(endpoint.name)")
    all.append((endpoint, handler))
  }

  /// The names of declared endpoints that nobody answers: the service refuses to start unless it is empty.
  func unhandled(_ endpoints: [RawEndpoint]) -> [String] {
    endpoints.map(\.name).filter { name in !all.contains { $0.endpoint.name == name } }
  }
}
