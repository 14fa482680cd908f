package import HTTP
package import Store
package import Transport

/// The limits that an operator may move; all others stand in the modules they belong to, with their reasons.
package struct CommonLimits: Sendable {
  package var rpc = RPCLimits()
  package var http = HTTPLimits()
  package var store = StoreLimits()

  /// Reads the keys; the defaults are the modules' own.
  init(_ reader: inout SettingsReader) {
    reader.section("Limits")
    rpc.connections = reader.int(
      "RPC_CONNECTIONS", default: rpc.connections, range: 1...10_000, help: "RPC connections from peers.")
    rpc.inFlightPerConnection = reader.int(
      "RPC_IN_FLIGHT", default: rpc.inFlightPerConnection, range: 1...100_000,
      help: "Calls in work for one RPC connection; more are refused at once.")
    http.connections = reader.int(
      "HTTP_CONNECTIONS", default: http.connections, range: 1...60_000,
      help: "HTTP connections; more wait in the kernel's backlog.")
    store.writeQueue = reader.int(
      "STORE_WRITE_QUEUE", default: store.writeQueue, range: 1...1_000_000,
      help: "Writes that may wait for the store; more are refused at once.")
  }
}
