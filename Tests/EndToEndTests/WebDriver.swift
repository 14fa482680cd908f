import Foundation
import JSON
import Outbound
import TestSupport

/// A real Chromium, driven over the W3C WebDriver protocol.
struct WebDriver: Sendable {
  struct Failed: Error, CustomStringConvertible { let description: String }

  static let driverPath = "/usr/bin/chromedriver"
  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: driverPath) }

  private let process: ChildProcess
  private let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
  private let base: String
  private let session: String

  static func start(in directory: TemporaryDirectory) async throws -> WebDriver {
    let port = try FreePorts.next()
    let process = try ChildProcess(
      driverPath, ["--port=\(port)"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path, "TMPDIR": directory.path],
      output: directory.file("chromedriver.log"))
    let base = "http://127.0.0.1:\(port)"
    let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    try await eventually(within: .seconds(30), "chromedriver answers") {
      (try? await http.send(OutboundRequest(method: "GET", url: base + "/status")))?.status == 200
    }
    let arguments: JSONValue = [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      .string("--user-data-dir=" + directory.file("profile")),
    ]
    let answer = try await call(
      http, "POST", base + "/session",
      [
        "capabilities": [
          "alwaysMatch": ["goog:chromeOptions": ["args": arguments], "goog:loggingPrefs": ["browser": "ALL"]]
        ]
      ])
    guard let session = answer["sessionId"]?.string else { throw Failed(description: "no session: \(answer)") }
    return WebDriver(process: process, base: base, session: session)
  }

  private init(process: ChildProcess, base: String, session: String) {
    self.process = process
    self.base = base
    self.session = session
  }

  func stop() async {
    _ = try? await call("DELETE", "")
    process.send(15)
    _ = try? await process.wait()
    http.close()
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
    try await Self.call(http, method, base + "/session/\(session)" + path, body)
  }

  private static func call(
    _ http: HTTPClient, _ method: String, _ url: String, _ body: JSONValue? = nil
  ) async throws -> JSONValue {
    var request = OutboundRequest(
      method: method, url: url, headers: [(name: "Content-Type", value: "application/json")],
      body: try body.map { try JSONCoder.encode($0) } ?? [])
    request.limits = OutboundLimits(responseBytes: 4 << 20)
    let response = try await http.send(request)
    let answer = (try? JSONValue(parsing: response.body)) ?? .null
    guard response.status == 200 else { throw Failed(description: "\(method) \(url): \(response.status) \(answer)") }
    return answer["value"] ?? .null
  }
}
