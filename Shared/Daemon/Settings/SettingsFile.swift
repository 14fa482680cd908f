import Glibc

/// A settings file: `KEY=VALUE` lines, `#` comments. Quotes around a whole value are taken off.
struct SettingsFile {
  private(set) var values: [String: String] = [:]
  private(set) var problems: [SettingsProblem] = []

  /// A file of settings is a page of text; more is a mistake (the wrong file).
  static let byteLimit = 262_144

  /// Reads a file; what is wrong with it is in `problems`.
  init(path: String) {
    switch SmallFile.read(path, limit: Self.byteLimit) {
    case .failure(let failure):
      self.init(text: "", name: path)
      problems = [SettingsProblem(key: path, message: "cannot read the settings file: \(failure.message)")]
    case .success(let bytes):
      let text = String(validating: bytes, as: UTF8.self)
      self.init(text: text ?? "", name: path)
      if text == nil { problems = [SettingsProblem(key: path, message: "is not UTF-8 text")] }
    }
  }

  init(text: String, name: String) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() {
      parse(Self.trimmed(line), place: "\(name):\(index + 1)")
    }
  }

  private mutating func parse(_ line: Substring, place: String) {
    if line.isEmpty || line.hasPrefix("#") { return }
    guard let equals = line.firstIndex(of: "=") else {
      problems.append(SettingsProblem(key: place, message: "expected KEY=VALUE"))
      return
    }
    let key = String(Self.trimmed(line[..<equals]))
    guard Self.isKey(key) else {
      problems.append(SettingsProblem(key: place, message: "a key is capital letters, digits and underscores"))
      return
    }
    if values[key] != nil {
      problems.append(SettingsProblem(key: place, message: "\(key) is set a second time"))
      return
    }
    values[key] = String(Self.unquoted(Self.trimmed(line[line.index(after: equals)...])))
  }

  static func isKey(_ text: String) -> Bool {
    guard let first = text.utf8.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
      default: false
      }
    }
  }

  private static func unquoted(_ value: Substring) -> Substring {
    guard value.count >= 2, let first = value.first, first == value.last, first == "\"" || first == "'" else {
      return value
    }
    return value.dropFirst().dropLast()
  }

  static func trimmed(_ text: Substring) -> Substring {
    var text = text
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return text
  }
}
