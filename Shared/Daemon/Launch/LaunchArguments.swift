/// What the command line asks for.
///
/// `--check`, `--help`, `--version`, `--settings FILE`, and any setting as `--data-dir=/srv/data` for
/// `DATA_DIR=/srv/data`.
struct LaunchArguments: Equatable {
  enum Mode: Equatable { case run, check, help, version }

  private(set) var mode = Mode.run
  private(set) var settingsPath: String?
  private(set) var values: [String: String] = [:]
  private(set) var problems: [SettingsProblem] = []

  init(_ arguments: some Sequence<String>) {
    var rest = Array(arguments)[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--check": mode = .check
      case "--help", "-h": mode = .help
      case "--version": mode = .version
      case "--settings":
        if let path = rest.popFirst() {
          settingsPath = path
        } else {
          problems.append(SettingsProblem(key: argument, message: "expected the path of a settings file after it"))
        }
      default: parse(argument)
      }
    }
  }

  private mutating func parse(_ argument: String) {
    guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
      problems.append(
        SettingsProblem(key: argument, message: "is no argument; settings are written --key=value, see --help"))
      return
    }
    let name = argument[..<equals].dropFirst(2)
    let value = String(argument[argument.index(after: equals)...])
    if name == "settings" {
      settingsPath = value
      return
    }
    let key = String(name.map { $0 == "-" ? "_" : $0 }).uppercased()
    guard SettingsFile.isKey(key) else {
      problems.append(SettingsProblem(key: String(argument[..<equals]), message: "is no setting"))
      return
    }
    if values.updateValue(value, forKey: key) != nil {
      problems.append(SettingsProblem(key: key, message: "is given as an argument twice"))
    }
  }
}
