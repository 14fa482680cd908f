/// Where values come from, strongest first: arguments, environment, settings file.
package struct SettingsSources: Sendable {
  /// Where a value was found.
  package enum Source: String, Sendable, Equatable {
    case argument, environment, file, standard = "default"
  }

  let arguments: [String: String]
  let environment: [String: String]
  let file: [String: String]
  let problems: [SettingsProblem]

  /// Sources without a file, for tests and `--help`.
  package init(arguments: [String: String] = [:], environment: [String: String] = [:]) {
    self.init(arguments: arguments, environment: environment, file: [:], problems: [])
  }

  /// Sources with a settings file's text.
  package init(arguments: [String: String] = [:], environment: [String: String] = [:], fileText: String) {
    let file = SettingsFile(text: fileText, name: "settings")
    self.init(arguments: arguments, environment: environment, file: file.values, problems: file.problems)
  }

  /// Sources with the file that `path` or, without one, the environment's `SETTINGS_FILE` names.
  package init(arguments: [String: String], environment: [String: String], filePath path: String?) {
    guard let path = path ?? environment["SETTINGS_FILE"], !path.isEmpty else {
      self.init(arguments: arguments, environment: environment)
      return
    }
    let file = SettingsFile(path: path)
    self.init(arguments: arguments, environment: environment, file: file.values, problems: file.problems)
  }

  private init(
    arguments: [String: String], environment: [String: String], file: [String: String],
    problems: [SettingsProblem]
  ) {
    self.arguments = arguments
    self.environment = environment
    self.file = file
    self.problems = problems
  }

  /// The strongest value; an empty one counts as absent, as compose files write `KEY=${KEY:-}`.
  func value(_ key: String) -> (text: String, source: Source)? {
    if let text = arguments[key], !text.isEmpty { return (text, .argument) }
    if let text = environment[key], !text.isEmpty { return (text, .environment) }
    if let text = file[key], !text.isEmpty { return (text, .file) }
    return nil
  }
}
