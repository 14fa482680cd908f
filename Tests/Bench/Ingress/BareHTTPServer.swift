import Foundation
import Glibc
import HTTP
import Transport

/// The floor of the ingress figures: this executable again, as the HTTP server alone. It reads each body and
/// answers as the router does, without a signature check or a store.
enum BareHTTPServer {
  static let argument = "http-server"

  /// Serves until SIGTERM, if the arguments ask for it: `http-server PORT_FILE`.
  static func serveIfAsked(_ arguments: [String]) async throws -> Bool {
    guard arguments.count == 3, arguments[1] == argument else { return false }
    signal(SIGTERM) { _ in _exit(0) }
    let loop = try EventLoop(name: "bench-server")
    let server = try HTTPServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), bodyLimit: { _ in 3 << 20 }
    ) { _ in .text("OK") }
    try await server.start()
    try Data("\(server.address.port)".utf8).write(to: URL(fileURLWithPath: arguments[2]), options: .atomic)
    while true { pause() }
  }
}
