import Foundation
import TestSupport
import Testing

/// A sample of VERIFYING.md, taken out of the page and run with a few lines around it that hand it a request.
///
/// Those lines read `MODE` and the headers from the environment, the body from standard input, and print the answer:
/// `yes` or `no`. Anything else, an exception too, is neither.
struct VerifierSample: Sendable, CustomTestStringConvertible {
  var language: String
  /// What has to be there.
  var interpreter: String
  /// The name of the file with the sample.
  var file: String
  var driver: (name: String, text: String)
  /// What runs the driver; `swift` is compiled first.
  var arguments: [String]

  var testDescription: String { language }

  static let all = [python, node, php, bash, swift]
  static let installed = all.filter { path(of: $0.interpreter) != nil }
  /// For the log of a machine that lacks one.
  static let missing = all.filter { path(of: $0.interpreter) == nil }.map(\.language)

  /// Whether a language's interpreter is there, or has to be.
  static func isReady(_ language: String) -> Bool {
    Neighbours.areDemanded || installed.contains { $0.language == language }
  }

  /// The code that follows the sample's mark in the page.
  func text() throws -> String {
    let page = try String(contentsOfFile: SourceTree.root + "/Services/Receipts/VERIFYING.md", encoding: .utf8)
    let mark = "<!-- sample: \(language) -->\n```"
    guard let start = page.range(of: mark), let line = page[start.upperBound...].firstIndex(of: "\n"),
      let end = page[line...].range(of: "\n```\n")
    else { throw Missing(language: language) }
    return String(page[page.index(after: line)..<end.lowerBound]) + "\n"
  }

  /// Puts the sample and its driver into a folder, compiled where that is needed.
  func prepare(in folder: String) async throws {
    try text().write(toFile: folder + "/" + file, atomically: true, encoding: .utf8)
    try driver.text.write(toFile: folder + "/" + driver.name, atomically: true, encoding: .utf8)
    guard language == "swift" else { return }
    let build = try await run(["swiftc", "-swift-version", "6", file, driver.name, "-o", "sample"], in: folder)
    if build.code != 0 { throw Broken(output: build.output) }
  }

  /// Runs it once; what it printed.
  func ask(_ mode: String, _ environment: [String: String], body: [UInt8] = [], in folder: String) async throws
    -> String
  {
    let result = try await run(arguments, environment.merging(["MODE": mode]) { $1 }, body: body, in: folder)
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Runs a program in a folder, with the test's own paths and nothing else of its environment.
  func run(
    _ arguments: [String], _ environment: [String: String] = [:], body: [UInt8] = [], in folder: String
  ) async throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    let own = ProcessInfo.processInfo.environment
    process.environment = own.filter { ["PATH", "HOME", "LANG"].contains($0.key) }.merging(environment) { $1 }
    // Files, not pipes: nobody waits for anybody to read.
    let (input, output) = (folder + "/stdin", folder + "/stdout")
    try Data(body).write(to: URL(filePath: input))
    try Data().write(to: URL(filePath: output))
    process.standardInput = try FileHandle(forReadingFrom: URL(filePath: input))
    let written = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardOutput = written
    process.standardError = written
    // Nobody's thread waits for it.
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        ended.resume(throwing: error)
      }
    }
    let text = try Data(contentsOf: URL(filePath: output))
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  private static func path(of program: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  struct Missing: Error {
    var language: String
  }
  struct Broken: Error {
    var output: String
  }
}
