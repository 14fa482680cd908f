/// One setting that is wrong: which, what is wrong, and what would be right.
package struct SettingsProblem: Sendable, Equatable, CustomStringConvertible {
  /// The key, or the argument or file line when there is no key to name.
  package let key: String
  /// A sentence for people.
  package let message: String

  package init(key: String, message: String) {
    self.key = key
    self.message = message
  }

  package var description: String { "\(key): \(message)" }
}

/// Everything that is wrong with the settings, all at once.
package struct SettingsFailure: Error, Sendable, Equatable, CustomStringConvertible {
  package let problems: [SettingsProblem]

  package init(problems: [SettingsProblem]) { self.problems = problems }

  package var description: String {
    let head = problems.count == 1 ? "1 setting is wrong:" : "\(problems.count) settings are wrong:"
    return ([head] + problems.map { "  \($0)" }).joined(separator: "\n")
  }
}
