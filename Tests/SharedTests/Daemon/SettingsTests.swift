import Crypto
import Daemon
import Foundation
import TestSupport
import Testing

@Suite struct SettingsTests {
  private func problems(_ sources: SettingsSources, _ body: (inout SettingsReader) -> Void) -> [SettingsProblem] {
    var reader = SettingsReader(sources)
    body(&reader)
    do {
      try reader.finish()
      return []
    } catch {
      return error.problems
    }
  }

  private func environment(_ values: [String: String]) -> SettingsSources { SettingsSources(environment: values) }

  @Test func `arguments win over environment, environment over file, file over default`() throws {
    var reader = SettingsReader(
      SettingsSources(
        arguments: ["A": "argument"], environment: ["A": "environment", "B": "environment"],
        fileText: "A=file\nB=file\nC=file\n"))
    let values = ["A", "B", "C", "D"].map { reader.string($0, default: "default", help: "") }
    #expect(values == ["argument", "environment", "file", "default"])
    #expect(reader.effective.map(\.source) == [.argument, .environment, .file, .standard])
    try reader.finish()
  }

  @Test func `an empty value counts as not set`() throws {
    var reader = SettingsReader(SettingsSources(environment: ["A": ""], fileText: "A=file"))
    #expect(reader.string("A", default: "default", help: "") == "file")
  }

  @Test func `all problems are reported together`() throws {
    let found = problems(
      SettingsSources(
        environment: ["PORT": "70000", "WAIT": "5", "MODE": "fast", "ON": "maybe", "URL": "http://x", "PEER": "x"],
        fileText: "NAEM=x\nnonsense\nlower=1\nNAME=a\nNAME=b")
    ) { reader in
      _ = reader.port("PORT", default: 1, help: "")
      _ = reader.duration("WAIT", default: .seconds(1), help: "")
      _ = reader.choice("MODE", default: Mode.slow, help: "")
      _ = reader.bool("ON", default: true, help: "")
      _ = reader.url("URL", default: "https://x", help: "")
      _ = reader.hostPort("PEER", default: HostPort(host: "x", port: 1), help: "")
      _ = reader.requiredString("MUST", help: "")
      _ = reader.secret("TOKEN", required: true, help: "")
      _ = reader.string("NAME", default: "", help: "")
      reader.reject("BOTH", "do not go together")
    }
    #expect(
      found.map(\.description) == [
        "settings:2: expected KEY=VALUE", "settings:3: a key is capital letters, digits and underscores",
        "settings:5: NAME is set a second time",
        #"PORT: "70000" (environment): expected 0...65535"#,
        #"WAIT: "5" (environment): expected a number with a unit: 500ms, 5s, 2m, 12h or 3d"#,
        #"MODE: "fast" (environment): expected slow|quick"#, #"ON: "maybe" (environment): expected true or false"#,
        #"URL: "http://x" (environment): the scheme must be https"#,
        #"PEER: "x" (environment): expected host:port with a port from 1 to 65535"#,
        "MUST: is not set; expected text",
        "TOKEN_FILE: is not set; expected the path of a file that holds the secret", "BOTH: do not go together",
        "NAEM: is not a setting of this service; did you mean NAME?",
      ])
  }

  private enum Mode: String, CaseIterable { case slow, quick }

  @Test(
    arguments: [
      ("0ms", .zero), ("500ms", .milliseconds(500)), ("5s", .seconds(5)), ("2m", .seconds(120)),
      ("12h", .seconds(43_200)), ("3d", .seconds(259_200)),
    ] as [(String, Duration)])
  func `a length of time has a number and a unit`(text: String, expected: Duration) {
    var reader = SettingsReader(environment(["T": text]))
    #expect(reader.duration("T", default: .seconds(1), help: "") == expected)
    #expect(problems(environment(["T": text])) { _ = $0.duration("T", default: .seconds(1), help: "") } == [])
  }

  @Test(arguments: [
    "5", "s", "-5s", "+5s", "5 s", "5S", "1.5s", "5sec", "999999999999999999999s", "9999999999999d", "400d",
  ])
  func `other spellings of a length of time are refused`(text: String) {
    #expect(problems(environment(["T": text])) { _ = $0.duration("T", default: .seconds(1), help: "") }.count == 1)
  }

  @Test(arguments: ["", "1x", " 1", "1.0", "9223372036854775808", "0x10", "11", "-1"])
  func `a number outside its range or none at all is refused`(text: String) {
    let found = problems(environment(["N": text])) { _ = $0.int("N", default: 1, range: 0...10, help: "") }
    #expect(found.count == (text.isEmpty ? 0 : 1))
  }

  @Test(arguments: [
    ("https://graph.facebook.com", "https://graph.facebook.com"), ("https://x:8443/v1/", "https://x:8443/v1"),
    ("HTTP://[::1]:80/", "http://[::1]:80"),
  ])
  func `a base URL loses its last slash`(text: String, expected: String) throws {
    var reader = SettingsReader(environment(["U": text]))
    #expect(reader.url("U", default: "https://d", schemes: ["https", "http"], help: "") == expected)
    try reader.finish()
  }

  @Test(arguments: [
    "graph.facebook.com", "https:", "https://", "https:///x", "https://user:secret@x", "https://x?a=1", "https://x#a",
    "https://x y", "https://x/a b", "https://x:0", "https://x:99999", "ftp://x", "https://[::1", "https://x/\u{e9}",
  ])
  func `what is no base URL is refused`(text: String) {
    #expect(problems(environment(["U": text])) { _ = $0.optionalURL("U", help: "") }.count == 1)
  }

  @Test func `lists drop spaces and empty items`() throws {
    var reader = SettingsReader(environment(["L": " a, b ,,c ", "P": "a:1, [::1]:2"]))
    #expect(reader.list("L", help: "") == ["a", "b", "c"])
    #expect(reader.hostPorts("P", help: "") == [HostPort(host: "a", port: 1), HostPort(host: "::1", port: 2)])
    #expect(reader.list("NONE", default: ["x"], help: "") == ["x"])
    try reader.finish()
  }

  @Test func `a secret comes from its file, without the newline, and is never shown`() throws {
    let folder = try TemporaryDirectory()
    try Data("hunter2 \r\n".utf8).write(to: URL(filePath: folder.file("token")))
    var reader = SettingsReader(environment(["TOKEN_FILE": folder.file("token"), "PIN": "123456"]))
    #expect(reader.secret("TOKEN", required: true, help: "")?.string == "hunter2 ")
    #expect(reader.secret("PIN", help: "")?.string == "123456")
    #expect(reader.secret("OTHER", help: "") == nil)
    try reader.finish()
    #expect(
      reader.effective == [
        EffectiveSetting(key: "TOKEN_FILE", shown: "set", source: .environment),
        EffectiveSetting(key: "PIN", shown: "set", source: .environment),
        EffectiveSetting(key: "OTHER_FILE", shown: "unset", source: .standard),
      ])
  }

  @Test func `a secret that cannot be right is refused without being repeated`() throws {
    let folder = try TemporaryDirectory()
    try Data("\n".utf8).write(to: URL(filePath: folder.file("empty")))
    try Data(repeating: 65, count: 70_000).write(to: URL(filePath: folder.file("huge")))
    let sources = SettingsSources(
      arguments: ["ARGUED": "hunter2"],
      environment: [
        "BOTH": "hunter2", "BOTH_FILE": folder.file("empty"), "GONE_FILE": folder.file("gone"),
        "HUGE_FILE": folder.file("huge"), "FOLDER_FILE": folder.path,
      ])
    let found = problems(sources) { reader in
      for key in ["ARGUED", "BOTH", "GONE", "HUGE", "FOLDER"] { _ = reader.secret(key, required: true, help: "") }
    }
    #expect(
      found.map(\.description) == [
        "ARGUED: a secret is not taken from arguments; use ARGUED_FILE",
        "BOTH: is set together with BOTH_FILE; set one of them", "BOTH_FILE: \(folder.file("empty")) is empty",
        "GONE_FILE: cannot read \(folder.file("gone")): it does not exist",
        "HUGE_FILE: cannot read \(folder.file("huge")): it is longer than 65536 bytes",
        "FOLDER_FILE: cannot read \(folder.path): it is a directory",
      ])
    #expect(!found.contains { $0.description.contains("hunter2") })
  }

  @Test func `a settings file has comments, spaces and quotes`() throws {
    var reader = SettingsReader(
      SettingsSources(fileText: "# comment\r\n\r\n A = one = 1 \r\nB=\"two words \"\nC='x'\nD=\"\n\u{feff}"))
    #expect(reader.string("A", default: "", help: "") == "one = 1")
    #expect(reader.string("B", default: "", help: "") == "two words ")
    #expect(reader.string("C", default: "", help: "") == "x")
    #expect(reader.string("D", default: "", help: "") == "\"")
    #expect(throws: SettingsFailure.self) { try reader.finish() }
  }

  @Test func `a settings file that cannot be read is a problem like the others`() throws {
    let folder = try TemporaryDirectory()
    try Data([0x41, 0x3D, 0xFF]).write(to: URL(filePath: folder.file("latin1")))
    try Data(repeating: 35, count: 300_000).write(to: URL(filePath: folder.file("huge")))
    for (name, reason) in [
      ("gone", "cannot read the settings file: it does not exist"), ("latin1", "is not UTF-8 text"),
      ("huge", "cannot read the settings file: it is longer than 262144 bytes"),
    ] {
      let path = folder.file(name)
      let sources = SettingsSources(arguments: [:], environment: ["SETTINGS_FILE": path], filePath: nil)
      #expect(problems(sources) { _ in } == [SettingsProblem(key: path, message: reason)])
    }
  }

  @Test func `a directory must be there`() throws {
    let folder = try TemporaryDirectory()
    try Data().write(to: URL(filePath: folder.file("file")))
    #expect(problems(environment(["D": folder.path])) { _ = $0.directory("D", default: "/nowhere", help: "") } == [])
    for path in [folder.file("gone"), folder.file("file"), folder.file("file/below")] {
      #expect(problems(environment(["D": path])) { _ = $0.directory("D", default: "/", help: "") }.count == 1)
    }
  }

  @Test(arguments: [
    "x:1", "a.b-c_d:65535", "127.0.0.1:80", "[::1]:443", "[fe80::1]:1",
  ])
  func `a host and port is spelled back as it was read`(text: String) throws {
    #expect(try #require(HostPort(parsing: text)).description == text)
  }

  @Test(arguments: [
    "x", ":1", "x:", "x:0", "x:65536", "x:+1", "x:1 ", "::1:80", "[]:1", "[x]:1", "a b:1", "a/b:1", "é:1",
  ])
  func `what is no host and port is refused`(text: String) {
    #expect(HostPort(parsing: text) == nil)
  }
}
