@main
struct Main {
  static func main() async throws {
    if try await RPCBenchChild.serveIfAsked(CommandLine.arguments) { return }
    for figure in try await RPCBench.run() {
      print(figure.name, figure.value, figure.unit, figure.target ?? "", figure.met.map { "\($0)" } ?? "")
    }
  }
}
