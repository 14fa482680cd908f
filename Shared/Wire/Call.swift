package import JSON

/// One remote call, declared once: the request's fields are the stored properties, everything else about it is here.
///
/// Client code, dispatch, the REST route, the API description and the docs follow from the declaration.
package protocol Call: Codable, Sendable {
  /// What the owner answers.
  associatedtype Reply: Codable & Sendable

  /// `owner.resource.verb`, for example `registry.sender.get`.
  static var method: String { get }

  /// One line for people and for the API description.
  static var summary: String { get }

  /// Whole sentences for the API description: what it does to what, and what to know before. The summary by default.
  static var details: String { get }

  /// Members of the API description's example request that the general table of examples would get wrong.
  static var requestExample: JSONObject { get }

  /// Which services may call it over RPC; empty when only the owner's own REST front end does.
  static var callers: Set<ServiceName> { get }

  /// How long a caller waits unless it says otherwise. Five seconds by default.
  static var deadline: Duration { get }

  /// Whether doing it twice is the same as doing it once; only then is it retried after it may have begun.
  static var isIdempotent: Bool { get }

  /// Whether the front door writes what is asked and what came of it into the audit log. Reading never is; a call whose
  /// row is its own record may say no.
  static var isAudited: Bool { get }

  /// Fields of the request or the reply that the audit log must not show, besides those whose names say that they are
  /// secrets (`SecretBlanking`).
  static var secretFields: Set<String> { get }

  /// The REST route that exposes it to people; none by default.
  static var route: Route? { get }
}

extension Call {
  package static var details: String { summary }
  package static var requestExample: JSONObject { [:] }
  package static var deadline: Duration { .seconds(5) }
  package static var isIdempotent: Bool { false }
  package static var isAudited: Bool { true }
  package static var secretFields: Set<String> { [] }
  package static var route: Route? { nil }
}

/// A reply that says nothing but "done": `{}` on the wire.
package struct Done: Codable, Sendable, Equatable {
  package init() {}
}
