@main
struct Main {
  static func main() async throws {
    if try await RPCBenchChild.serveIfAsked(CommandLine.arguments) { return }
    if CommandLine.arguments.count > 1 { return try await RPCBench.profile() }
    for figure in try await RPCBench.run() {
      print(figure.name, figure.value, figure.unit, figure.target ?? "", figure.met.map { "\($0)" } ?? "")
    }
  }
}
