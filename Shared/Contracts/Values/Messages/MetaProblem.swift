/// Meta's error about a message, in its own words.
package struct MetaProblem: Codable, Sendable, Equatable {
  package var code: Int?
  package var title: String?
  package var details: String?

  package init(code: Int? = nil, title: String? = nil, details: String? = nil) {
    self.code = code
    self.title = title
    self.details = details
  }
}
