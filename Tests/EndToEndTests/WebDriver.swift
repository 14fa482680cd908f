import Foundation
import JSON
import TestSupport

/// A real Chromium, driven over the W3C WebDriver protocol.
struct WebDriver: Sendable {
  struct Failed: Error, CustomStringConvertible { let description: String }

  static let driverPath = "/usr/bin/chromedriver"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: driverPath) }

  private let process: ChildProcess
  private let port: Int
  private let session: String

  static func start(in directory: TemporaryDirectory) async throws -> WebDriver {
    let port = try FreePorts.next()
    let process = try ChildProcess(
      driverPath, ["--port=\(port)"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path, "TMPDIR": directory.path],
      output: directory.file("chromedriver.log"))
    try await eventually(within: .seconds(30), "chromedriver answers") {
      (try? call(port, "GET", "/status"))?["ready"] == true
    }
    let arguments: JSONValue = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      .string("--user-data-dir=" + directory.file("profile")),
    ]
    let answer = try call(
      port, "POST", "/session",
      [
        "capabilities": [
          "alwaysMatch": ["goog:chromeOptions": ["args": arguments], "goog:loggingPrefs": ["browser": "ALL"]]
        ]
      ])
    guard let session = answer["sessionId"]?.string else { throw Failed(description: "no session: \(answer)") }
    return WebDriver(process: process, port: port, session: session)
  }

  private init(process: ChildProcess, port: Int, session: String) {
    self.process = process
    self.port = port
    self.session = session
  }

  func stop() async {
    _ = try? await call("DELETE", "")
    process.send(15)
    _ = try? await process.wait()
  }

  func open(_ url: String) async throws { _ = try await call("POST", "/url", ["url": .string(url)]) }

  func windows() async throws -> [String] {
    try await call("GET", "/window/handles").array?.compactMap(\.string) ?? []
  }

  func window() async throws -> String { try await call("GET", "/window").string ?? "" }

  func go(to window: String) async throws { _ = try await call("POST", "/window", ["handle": .string(window)]) }

  func click(_ selector: String) async throws {
    _ = try await call("POST", "/element/\(try await element(selector))/click", [:])
  }

  func type(_ text: String, into selector: String) async throws {
    _ = try await call("POST", "/element/\(try await element(selector))/value", ["text": .string(text)])
  }

  /// What an expression gives in the page.
  func evaluate(_ expression: String) async throws -> JSONValue {
    try await call("POST", "/execute/sync", ["script": .string("return " + expression), "args": []])
  }

  /// What the page said on the console: a violated policy is told there.
  func console() async throws -> [String] {
    try await call("POST", "/se/log", ["type": "browser"]).array?.compactMap { $0["message"]?.string } ?? []
  }

  private func element(_ selector: String) async throws -> String {
    let found = try await call("POST", "/element", ["using": "css selector", "value": .string(selector)])
    guard let id = found["element-6066-11e4-a52e-4f735466cecf"]?.string else {
      throw Failed(description: "no element \(selector)")
    }
    return id
  }

  private func call(_ method: String, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
    try Self.call(port, method, "/session/\(session)" + path, body)
  }

  /// chromedriver writes header fields without a space after the colon, which URLSession on Linux does not read; so
  /// this is a socket and a length.
  private static func call(
    _ port: Int, _ method: String, _ path: String, _ body: JSONValue? = nil
  ) throws -> JSONValue {
    let bytes = try body.map { try JSONCoder.encode($0) } ?? []
    let socket = try RawSocket(port: UInt16(port))
    defer { socket.close() }
    try socket.send(
      "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(bytes.count)\r\n\r\n")
    try socket.send(bytes)
    let head = try socket.receive(until: "\r\n\r\n", timeout: .seconds(60))
    let lines = head.lowercased().split(whereSeparator: \.isNewline)
    guard let line = lines.first(where: { $0.hasPrefix("content-length:") }),
      let length = Int(line.dropFirst(15).filter(\.isNumber))
    else { throw Failed(description: "no length: \(head)") }
    let answer = (try? JSONValue(parsing: try socket.receive(count: length, timeout: .seconds(60)))) ?? .null
    guard lines.first?.contains(" 200") == true else {
      throw Failed(description: "\(method) \(path): \(head.prefix(40)) \(answer)")
    }
    return answer["value"] ?? .null
  }
}
