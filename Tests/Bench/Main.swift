import Glibc

@main
struct Main {
  static func main() async {
    do {
      if try await serveAsChild(CommandLine.arguments) { return }
      exit(try await run(BenchOptions(CommandLine.arguments.dropFirst())))
    } catch {
      tell("bench: \(error)\n")
      exit(1)
    }
  }

  /// The bench starts itself again where a figure needs two processes.
  private static func serveAsChild(_ arguments: [String]) async throws -> Bool {
    if try await BareHTTPServer.serveIfAsked(arguments) { return true }
    if try await BareDeliveries.serveIfAsked(arguments) { return true }
    return try await RPCBenchChild.serveIfAsked(arguments)
  }

  private static func run(_ options: BenchOptions) async throws -> Int32 {
    if options.wantsHelp {
      print(BenchOptions.help)
      return 0
    }
    var all: [Figure] = []
    var failures = 0
    for area in options.areas {
      tell("\(area.rawValue) …\n")
      do {
        let figures = try await measure(area, options)
        for figure in figures { write(1, try figure.line + "\n") }
        all += figures
      } catch {
        failures += 1
        tell("\(area.rawValue) could not be measured: \(error)\n")
      }
    }
    let missed = all.filter { $0.met == false }
    let judged = all.count { $0.met != nil }
    tell("\n\(FigureTable.text(all))\n\(judged - missed.count) of \(judged) targets met")
    tell(missed.isEmpty ? "\n" : "; missed: \(missed.map(\.name).joined(separator: ", "))\n")
    return failures > 0 || (options.isStrict && !missed.isEmpty) ? 1 : 0
  }

  private static func measure(_ area: BenchOptions.Area, _ options: BenchOptions) async throws -> [Figure] {
    switch area {
    case .rpc: try await RPCBench.run(runs: options.runs)
    case .ingress: try await IngressBench(runs: options.runs).run()
    case .store: try await StoreBench(runs: options.runs).run()
    case .idle: try await IdleBench(runs: options.runs).run()
    case .senders: try await SendersBench(runs: options.runs).run()
    case .verification: try await VerificationBench(runs: options.runs).run()
    case .messaging:
      try await MessagingBench(isLong: options.isLong, only: options.part.flatMap(MessagingBench.Part.init)).run()
    case .receipts: try await ReceiptsBench(only: options.part.flatMap(ReceiptsBench.Part.init)).run()
    }
  }

  private static func tell(_ text: String) { write(2, text) }

  /// Unbuffered: a figure is seen when it is measured, also through a pipe.
  private static func write(_ descriptor: Int32, _ text: String) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}
