/// A key that the program knows: what `--help` and the documentation say about it.
package struct SettingsKey: Sendable, Equatable {
  package let name: String
  /// What a value looks like: `1...65535`, `5s`, `https://host`.
  package let format: String
  /// The default as one would write it; nil when the key must be set.
  package let standard: String?
  package let help: String
  /// A secret: never shown, never taken from arguments.
  package let isSecret: Bool
}

/// A key with the value that is in force, as it may be shown.
package struct EffectiveSetting: Sendable, Equatable {
  package let key: String
  /// The value; a secret is `set` or `unset`.
  package let shown: String
  package let source: SettingsSources.Source

  package init(key: String, shown: String, source: SettingsSources.Source) {
    self.key = key
    self.shown = shown
    self.source = source
  }
}
