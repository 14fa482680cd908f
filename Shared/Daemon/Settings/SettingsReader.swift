package import Crypto

/// Reads a service's settings key by key, remembers every problem, and reports them together.
///
/// A service describes its settings once, by reading them: the same calls give the values, the text of
/// `--help`, the list of effective settings, and the check for unknown keys. A value that is wrong or
/// missing yields a harmless stand-in, so that reading goes on; `finish()` then refuses the lot.
package struct SettingsReader {
  private let sources: SettingsSources
  private var problems: [SettingsProblem]
  /// Every key read so far, in order.
  package private(set) var keys: [SettingsKey] = []
  /// What is in force, in order.
  package private(set) var effective: [EffectiveSetting] = []
  private var known: Set<String> = ["SETTINGS_FILE"]
  private var group = ""
  private var groups: [String: String] = [:]

  /// Secrets are short; a longer file is a mistake (the wrong file).
  static let secretBytes = 65_536

  package init(_ sources: SettingsSources) {
    self.sources = sources
    problems = sources.problems
  }

  /// Keys read from here on stand under this title in `--help`.
  package mutating func section(_ title: String) { group = title }

  /// Refuses a key's value, or a combination, for a reason that only the service knows.
  package mutating func reject(_ key: String, _ message: String) {
    problems.append(SettingsProblem(key: key, message: message))
  }

  /// Throws every problem found, unknown keys included. Call it after the last key was read.
  package func finish() throws(SettingsFailure) {
    let all = problems + unknownKeys()
    if !all.isEmpty { throw SettingsFailure(problems: all) }
  }

  /// Every key with its format, default and explanation.
  package var helpText: String {
    var text = ""
    var title: String?
    for key in keys {
      let group = groups[key.name] ?? ""
      if group != title {
        if !group.isEmpty { text += "\n\(group):\n" }
        title = group
      }
      let standard = key.standard.map { $0.isEmpty ? "optional" : "default \($0)" } ?? "required"
      text += "  \(key.name)  <\(key.format)>  (\(standard))\n      \(key.help)\n"
    }
    return text
  }

  // MARK: The one way in for every kind of value

  /// Declares `key` and parses its value. `standard` nil means the key must be set; `placeholder` is what
  /// reading goes on with when there is no good value.
  mutating func read<Value>(
    _ key: String, format: String, standard: (value: Value, shown: String)?, placeholder: Value, help: String,
    parse: (String) -> Result<Value, SmallFile.Failure>
  ) -> Value {
    declare(SettingsKey(name: key, format: format, standard: standard?.shown, help: help, isSecret: false))
    guard let (text, source) = sources.value(key) else {
      guard let standard else {
        reject(key, "is not set; expected \(format)")
        return placeholder
      }
      effective.append(EffectiveSetting(key: key, shown: standard.shown, source: .standard))
      return standard.value
    }
    switch parse(text) {
    case .success(let value):
      effective.append(EffectiveSetting(key: key, shown: text, source: source))
      return value
    case .failure(let failure):
      reject(key, "\(Self.quoted(text)) (\(source.rawValue)): \(failure.message)")
      return standard?.value ?? placeholder
    }
  }

  /// Reads a secret from the file that `<key>_FILE` names (better: it is in no process list and no
  /// `docker inspect`), or from `key` itself. One newline at the end of the file is taken off.
  package mutating func secret(_ key: String, required: Bool = false, help: String) -> Secret? {
    let fileKey = key + "_FILE"
    declare(
      SettingsKey(name: fileKey, format: "path", standard: required ? nil : "", help: help, isSecret: true))
    known.insert(key)
    let direct = sources.value(key)
    let path = sources.value(fileKey)
    if direct?.source == .argument { reject(key, "a secret is not taken from arguments; use \(fileKey)") }
    if direct != nil && path != nil { reject(key, "is set together with \(fileKey); set one of them") }
    var secret = direct.map { Secret($0.text) }
    if let path { secret = secretFile(fileKey, path.text) }
    if secret == nil && required { reject(fileKey, "is not set; expected the path of a file that holds the secret") }
    effective.append(
      EffectiveSetting(
        key: path != nil || direct == nil ? fileKey : key, shown: secret == nil ? "unset" : "set",
        source: path?.source ?? direct?.source ?? .standard))
    return secret
  }

  private mutating func secretFile(_ key: String, _ path: String) -> Secret {
    switch SmallFile.read(path, limit: Self.secretBytes) {
    case .failure(let failure):
      reject(key, "cannot read \(path): \(failure.message)")
      return Secret([])
    case .success(var bytes):
      if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      if bytes.isEmpty { reject(key, "\(path) is empty") }
      return Secret(bytes)
    }
  }

  private mutating func declare(_ key: SettingsKey) {
    precondition(known.insert(key.name).inserted, "the setting \(key.name) is read twice")
    groups[key.name] = group
    keys.append(key)
  }

  private func unknownKeys() -> [SettingsProblem] {
    let given = Set(sources.file.keys).union(sources.arguments.keys)
    return given.subtracting(known).sorted().map { key in
      let hint = NearestName.of(key, among: known).map { "; did you mean \($0)?" } ?? ""
      return SettingsProblem(key: key, message: "is not a setting of this service\(hint)")
    }
  }

  /// Wrong values are shown so that they can be found, but never at length.
  private static func quoted(_ text: String) -> String {
    text.count <= 80 ? "\"\(text)\"" : "\"\(text.prefix(80))…\""
  }
}
