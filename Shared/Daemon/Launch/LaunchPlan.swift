import Crypto
import Telemetry
import Wire

/// A service's settings and keys, read and found right. Nothing is open yet.
package struct LaunchPlan<Service: ServiceDefinition>: Sendable {
  package internal(set) var settings: Service.Settings
  package let common: CommonSettings
  /// What is in force, as it may be shown.
  package let effective: [EffectiveSetting]
  let pairKeys: PairKeys
  let keyring: SealingKeyring

  /// Reads settings, then keys. Throws every problem of the first of the two that has one.
  package init(_ sources: SettingsSources) throws(LaunchFailure) {
    var reader = SettingsReader(sources)
    let common = CommonSettings(&reader, service: Service.name)
    self.common = common
    reader.section(Service.name.rawValue)
    settings = Service.settings(&reader)
    do { try reader.finish() } catch { throw .settings(error) }
    effective = reader.effective

    var problems: [String] = []
    let pairKeys = Self.attempt(&problems) { try PairKeys(file: common.rpcKeysFile) }
    let keyring = Self.attempt(&problems) { try SealingKeyring(file: common.sealingKeyFile) }
    guard let pairKeys, let keyring else { throw .keys(problems) }
    self.pairKeys = pairKeys
    self.keyring = keyring
  }

  /// The text of `--help`.
  static var help: String {
    var reader = SettingsReader(SettingsSources())
    _ = CommonSettings(&reader, service: Service.name)
    reader.section(Service.name.rawValue)
    _ = Service.settings(&reader)
    return """
      Usage: \(Service.name) [--check] [--help] [--version] [--settings FILE] [--key=value …]

        --check          read settings and keys, report every problem, open nothing
        --settings FILE  read KEY=VALUE lines from FILE (or from the one SETTINGS_FILE names)
        --key=value      set a setting, --data-dir=/srv/data for DATA_DIR

      Settings, strongest first: arguments, environment, settings file, default. An empty value counts as
      not set. Secrets come from the file that NAME_FILE names, or from NAME, never from arguments.
      Exit codes: 0 stopped, 1 failed, 2 wrong settings, 3 store refused, 4 key refused.
      \(reader.helpText)
      """
  }

  private static func attempt<Value>(_ problems: inout [String], _ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch {
      problems.append(String(describing: error))
      return nil
    }
  }
}
