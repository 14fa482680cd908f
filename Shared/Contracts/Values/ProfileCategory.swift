/// What a business does, in Meta's words and in people's.
package struct ProfileCategory: Codable, Sendable, Equatable {
  /// Meta's value, for example `RETAIL`.
  package var value: String
  package var label: String
  /// Other labels that are read as this value.
  package var aliases: [String]

  package init(_ value: String, _ label: String, aliases: [String] = []) {
    self.value = value
    self.label = label
    self.aliases = aliases
  }
}
