import Foundation

/// The parser of Prometheus' Python client, if this machine has it: a neighbour that is not ours.
enum PrometheusParser {
  struct Sample: Decodable {
    let name: String
    let labels: [String: String]
    let value: String
  }

  static let isInstalled = (try? run("import prometheus_client", input: "")) != nil

  static func samples(_ text: String) throws -> [Sample] {
    let program = """
      import json, sys
      from prometheus_client.parser import text_string_to_metric_families as parse
      samples = [s for family in parse(sys.stdin.buffer.read().decode()) for s in family.samples]
      print(json.dumps([dict(name=s.name, labels=s.labels, value=repr(float(s.value))) for s in samples]))
      """
    return try JSONDecoder().decode([Sample].self, from: try run(program, input: text))
  }

  private struct Failed: Error {}

  private static func run(_ program: String, input: String) throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program]
    let (stdin, stdout) = (Pipe(), Pipe())
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = FileHandle.nullDevice
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Failed() }
    return output
  }
}
