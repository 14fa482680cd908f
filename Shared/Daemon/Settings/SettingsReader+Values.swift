import Glibc
import Transport

/// The kinds of values. Every function declares its key, so each key is read exactly once.
extension SettingsReader {
  /// Text with a default.
  package mutating func string(_ key: String, default standard: String, help: String) -> String {
    read(key, format: "text", standard: (standard, standard), placeholder: "", help: help) { .success($0) }
  }

  /// Text that may be absent.
  package mutating func optionalString(_ key: String, help: String) -> String? {
    read(key, format: "text", standard: (nil, ""), placeholder: nil, help: help) { .success($0) }
  }

  /// Text that must be set.
  package mutating func requiredString(_ key: String, help: String) -> String {
    read(key, format: "text", standard: nil, placeholder: "", help: help) { .success($0) }
  }

  /// A whole number within `range`.
  package mutating func int(
    _ key: String, default standard: Int, range: ClosedRange<Int> = 0...Int.max, help: String
  ) -> Int {
    precondition(range.contains(standard), "the default of \(key) is outside its range")
    let format =
      range.upperBound == .max ? "number from \(range.lowerBound)" : "\(range.lowerBound)...\(range.upperBound)"
    return read(key, format: format, standard: (standard, "\(standard)"), placeholder: standard, help: help) { text in
      guard let value = Int(text) else { return wrong("expected a whole number") }
      return range.contains(value) ? .success(value) : wrong("expected \(format)")
    }
  }

  /// `true` or `false`; also `yes`, `no`, `on`, `off`, `1`, `0`.
  package mutating func bool(_ key: String, default standard: Bool, help: String) -> Bool {
    read(key, format: "true|false", standard: (standard, "\(standard)"), placeholder: standard, help: help) { text in
      switch text.lowercased() {
      case "true", "yes", "on", "1": .success(true)
      case "false", "no", "off", "0": .success(false)
      default: wrong("expected true or false")
      }
    }
  }

  /// A length of time with its unit: `500ms`, `5s`, `2m`, `12h`, `3d`.
  package mutating func duration(
    _ key: String, default standard: Duration, range: ClosedRange<Duration> = .zero ... .seconds(366 * 86_400),
    help: String
  ) -> Duration {
    precondition(range.contains(standard), "the default of \(key) is outside its range")
    let bounds = "\(DurationText.format(range.lowerBound))...\(DurationText.format(range.upperBound))"
    return read(
      key, format: bounds, standard: (standard, DurationText.format(standard)), placeholder: standard, help: help
    ) { text in
      guard let value = DurationText.parse(text) else {
        return wrong("expected a number with a unit: 500ms, 5s, 2m, 12h or 3d")
      }
      return range.contains(value) ? .success(value) : wrong("expected \(bounds)")
    }
  }

  /// A port; 0 lets the kernel choose.
  package mutating func port(_ key: String, default standard: Int, help: String) -> Int {
    int(key, default: standard, range: 0...65_535, help: help)
  }

  /// A base URL with a default, without a trailing slash.
  package mutating func url(
    _ key: String, default standard: String, schemes: [String] = ["https"], help: String
  ) -> String {
    read(key, format: format(schemes), standard: (standard, standard), placeholder: standard, help: help) {
      BaseURL.parse($0, schemes: schemes)
    }
  }

  /// A base URL that may be absent.
  package mutating func optionalURL(_ key: String, schemes: [String] = ["https"], help: String) -> String? {
    read(key, format: format(schemes), standard: (nil, ""), placeholder: nil, help: help) {
      BaseURL.parse($0, schemes: schemes).map(Optional.some)
    }
  }

  /// A base URL that must be set.
  package mutating func requiredURL(_ key: String, schemes: [String] = ["https"], help: String) -> String {
    read(key, format: format(schemes), standard: nil, placeholder: "", help: help) {
      BaseURL.parse($0, schemes: schemes)
    }
  }

  /// `host:port`.
  package mutating func hostPort(_ key: String, default standard: HostPort, help: String) -> HostPort {
    read(
      key, format: "host:port", standard: (standard, standard.description), placeholder: standard, help: help
    ) { text in
      HostPort(parsing: text).map { .success($0) } ?? wrong("expected host:port with a port from 1 to 65535")
    }
  }

  /// A numeric IPv4 or IPv6 address to listen on.
  package mutating func address(_ key: String, default standard: String, help: String) -> String {
    read(key, format: "address", standard: (standard, standard), placeholder: standard, help: help) { text in
      (try? SocketAddress(host: text, port: 0)) != nil
        ? .success(text) : wrong("expected a numeric address: 127.0.0.1, 0.0.0.0 or ::")
    }
  }

  /// A numeric address to listen on, or a name that is resolved when the listener starts.
  package mutating func addressOrName(_ key: String, default standard: String, help: String) -> String {
    read(key, format: "address|name", standard: (standard, standard), placeholder: standard, help: help) { text in
      (try? SocketAddress(host: text, port: 0)) != nil || HostPort.isName(text[...])
        ? .success(text) : wrong("expected a numeric address or a host name: 127.0.0.1, ::, receipts.rpc")
    }
  }

  /// Several `host:port`, separated by commas.
  package mutating func hostPorts(_ key: String, help: String) -> [HostPort] {
    read(key, format: "host:port,…", standard: ([], ""), placeholder: [], help: help) { text in
      var found: [HostPort] = []
      for item in Self.items(text) {
        guard let hostPort = HostPort(parsing: item) else { return wrong("\"\(item)\" is not host:port") }
        found.append(hostPort)
      }
      return .success(found)
    }
  }

  /// A path that may be absent. Nothing is opened.
  package mutating func optionalPath(_ key: String, help: String) -> String? {
    read(key, format: "path", standard: (nil, ""), placeholder: nil, help: help) { Self.path($0).map(Optional.some) }
  }

  /// The path of a file that must be there and readable.
  package mutating func requiredFile(_ key: String, help: String) -> String {
    read(key, format: "path", standard: nil, placeholder: "", help: help) { text in
      access(text, R_OK) == 0 ? Self.path(text) : wrong("cannot read the file: \(SmallFile.reason(errno))")
    }
  }

  /// The path of a directory that must be there and writable.
  package mutating func directory(_ key: String, default standard: String, help: String) -> String {
    let path = read(
      key, format: "path", standard: (standard, standard), placeholder: standard, help: help, parse: Self.path)
    var status = stat()
    if stat(path, &status) != 0 {
      reject(key, "\(path): \(SmallFile.reason(errno)); create the directory, owned by the service's user")
    } else if status.st_mode & S_IFMT != S_IFDIR {
      reject(key, "\(path) is not a directory")
    } else if access(path, R_OK | W_OK | X_OK) != 0 {
      reject(key, "\(path) cannot be written: \(SmallFile.reason(errno))")
    }
    return path
  }

  /// Several values, separated by commas; spaces around them are dropped.
  package mutating func list(_ key: String, default standard: [String] = [], help: String) -> [String] {
    let shown = standard.joined(separator: ",")
    return read(key, format: "a,b,…", standard: (standard, shown), placeholder: standard, help: help) {
      .success(Self.items($0))
    }
  }

  /// One of an enumeration's values.
  package mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ key: String, default standard: Value, help: String
  ) -> Value {
    let format = Value.allCases.map(\.rawValue).joined(separator: "|")
    return read(key, format: format, standard: (standard, standard.rawValue), placeholder: standard, help: help) {
      text in
      Value(rawValue: text.lowercased()).map { .success($0) } ?? wrong("expected \(format)")
    }
  }

  private func format(_ schemes: [String]) -> String { schemes.map { "\($0)://…" }.joined(separator: "|") }

  private static func items(_ text: String) -> [String] {
    text.split(separator: ",").map { String(SettingsFile.trimmed($0)) }.filter { !$0.isEmpty }
  }

  private static func path(_ text: String) -> Result<String, SmallFile.Failure> {
    text.utf8.contains(0) || text.utf8.count > 4_000 ? wrong("is no path") : .success(text)
  }
}

private func wrong<Value>(_ message: String) -> Result<Value, SmallFile.Failure> {
  .failure(SmallFile.Failure(message: message))
}
