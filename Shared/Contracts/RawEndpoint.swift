package import Wire

/// An endpoint of the REST API that no call can be: an upload of bytes, a page for people.
///
/// The declaration alone: the front door routes it to a handler and the API description lists it.
package struct RawEndpoint: Sendable {
  /// What a success brings back.
  package enum Answer: Sendable {
    /// JSON of this type.
    case json(any (Codable & Sendable).Type)
    /// Bytes of one of these content types.
    case content([String])
    case nothing
  }

  /// `owner.resource.verb`, as calls are named; the operation's id.
  package let name: String
  /// Method, path, role and success status.
  package let route: Route
  /// Whether anybody may, without an API key; the route's role then says nothing.
  package let isPublic: Bool
  /// One line for people.
  package let summary: String
  /// Whole sentences for the API description.
  package let details: String
  /// The type of each `{name}` in the path.
  package let parameters: [String: any (Codable & Sendable).Type]
  /// Content types of the body, lower case and without parameters; empty when there is no body.
  package let accepts: [String]
  /// A call whose JSON body this one has: all its fields but those of its path.
  package let bodyOf: (any Call.Type)?
  /// The longest body.
  package let maximumBytes: Int
  /// Whether `If-Match` may name the version to change.
  package let takesIfMatch: Bool
  package let answer: Answer

  package init(
    _ name: String, _ route: Route, isPublic: Bool = false, summary: String, details: String,
    parameters: [String: any (Codable & Sendable).Type] = [:], accepts: [String] = [], bodyOf: (any Call.Type)? = nil,
    maximumBytes: Int = 0, takesIfMatch: Bool = false, answer: Answer
  ) {
    self.name = name
    self.route = route
    self.isPublic = isPublic
    self.summary = summary
    self.details = details
    self.parameters = parameters
    self.accepts = accepts
    self.bodyOf = bodyOf
    self.maximumBytes = maximumBytes
    self.takesIfMatch = takesIfMatch
    self.answer = answer
  }
}
