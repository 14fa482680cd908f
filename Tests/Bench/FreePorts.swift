import Glibc

/// Ports that nobody listens on now. Somebody may take one before it is used; then that run fails and says so.
enum FreePorts {
  static func take(_ count: Int) throws -> [Int] {
    var ports: [Int] = []
    var held: [Int32] = []
    defer { for descriptor in held { close(descriptor) } }
    // All are held until the last is found, so that no two are the same.
    for _ in 0..<count {
      let (descriptor, port) = try RPCBenchSocket.listen()
      held.append(descriptor)
      ports.append(port)
    }
    return ports
  }
}
