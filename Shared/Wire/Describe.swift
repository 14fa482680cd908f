package import JSON

/// What a service can do, for people and for tools. Every service has it, for every peer that has proven itself.
package struct Describe: Call {
  package static let method = "rpc.describe"
  package static let summary = "The methods of this service with the JSON Schema of their params and results."
  package static let callers: Set<ServiceName> = [.anyone]
  package static let isIdempotent = true

  /// Only the methods whose names start with this; all of them when absent.
  package var prefix: String?

  package init(prefix: String? = nil) { self.prefix = prefix }

  package struct Reply: Codable, Sendable, Equatable {
    package var service: ServiceName
    package var versionMin: Int
    package var versionMax: Int
    /// By name.
    package var methods: [MethodDescription]
  }
}

/// One method as `rpc.describe` shows it.
package struct MethodDescription: Codable, Sendable, Equatable {
  package var name: String
  package var summary: String
  package var isIdempotent: Bool
  package var deadlineMs: Int64
  /// Services that may call it; `*` is every proven peer.
  package var callers: [ServiceName]
  /// `GET /v1/senders/{id}`, where people find it.
  package var route: String?
  package var params: JSONValue
  package var result: JSONValue
}

extension RouterMethod {
  /// The method in words; schemas are made anew each time, so not for hot paths.
  package var description: MethodDescription {
    let (params, result) = schemas()
    let (seconds, attoseconds) = deadline.components
    return MethodDescription(
      name: name, summary: summary, isIdempotent: isIdempotent,
      deadlineMs: seconds * 1_000 + attoseconds / 1_000_000_000_000_000,
      callers: callers.sorted { $0.rawValue < $1.rawValue },
      route: route.map { "\($0.method.rawValue) \($0.path)" }, params: params, result: result)
  }
}
