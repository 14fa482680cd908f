import Contracts
import Crypto
import Daemon
import Telemetry
import TestSupport
import Transport
import Wire

/// The registry as the router sees it, over the real protocol: one sender, online, to copy.
final class IngressRegistry: Sendable {
  private static let epoch = "bench"

  /// Filled when the router asks for what comes after the snapshot: then the snapshot is committed.
  let copied = AsyncBox<Void>()
  let senderID = SenderID(trusted: "snd_" + ULID.make(milliseconds: 1))
  let accountID = AccountID(trusted: "acc_" + ULID.make(milliseconds: 1))
  private let loop: EventLoop
  private let server: RPCServer

  init(_ files: ServiceFiles) async throws {
    var sender = ReplicaChange(counter: 1, senderID: senderID, isDeleted: false)
    sender.accountID = accountID
    sender.phoneNumber = PhoneNumber(trusted: "+" + WebhookMill.businessNumber)
    sender.displayName = "Bench"
    sender.status = .online
    sender.wabaID = WebhookMill.wabaID
    sender.phoneNumberID = WebhookMill.phoneNumberID
    let snapshot = SenderRegistryAPI.ReplicaChanges.Reply(
      epoch: Self.epoch, isSnapshot: true, changes: [sender], isComplete: true)
    var router = Router()
    let nothing = AsyncBox<Void>()
    router.on { [copied] (call: SenderRegistryAPI.ReplicaChanges, _: CallContext) in
      if call.epoch != Self.epoch { return snapshot }
      copied.put(())
      // No change comes: the wait ends with its limit.
      do { try await nothing.next(within: .milliseconds(call.waitMilliseconds)) } catch {}
      return .init(epoch: Self.epoch, isSnapshot: false, changes: [], isComplete: true)
    }
    loop = try EventLoop(name: "bench-registry")
    server = try RPCServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), service: .senderRegistry,
      keys: try files.pairKeys(.senderRegistry), router: router, log: .silent, metrics: Metrics())
    try await server.start()
  }

  var address: HostPort { HostPort(host: "127.0.0.1", port: Int(server.address.port)) }

  func stop() async {
    await server.drain(within: .seconds(1))
    loop.stop()
  }
}
