/// Where a call is found in the REST API. Pure data; the gateway does the work.
///
/// Path parameters, query parameters and members of a JSON body become the call's fields by their snake_case names.
package struct Route: Sendable, Hashable {
  /// The methods the REST API uses.
  package enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  package let method: Method
  /// `/v1/senders/{id}`: each `{name}` is a field of the call.
  package let path: String
  /// The least a caller's key must allow.
  package let role: Role
  /// The HTTP status of a success.
  package let successStatus: Int

  /// A route; the success status is 200 unless said otherwise.
  package init(_ method: Method, _ path: String, role: Role, successStatus: Int = 200) {
    self.method = method
    self.path = path
    self.role = role
    self.successStatus = successStatus
  }

  /// The names between braces in `path`, in order.
  package var parameters: [String] {
    path.split(separator: "/").compactMap { segment in
      guard segment.hasPrefix("{"), segment.hasSuffix("}") else { return nil }
      return String(segment.dropFirst().dropLast())
    }
  }
}
