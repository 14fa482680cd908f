package import Contracts
package import Crypto
package import Daemon
import Synchronization
import Telemetry
package import TestSupport
import Transport
package import Wire
import Workers

/// The registry as the verifier sees it, over the real protocol: one sender to copy, and an inbox of events.
package final class RegistryDouble: Sendable {
  /// How verifications ended, in order, repeats included.
  package let events = AsyncBox<SenderRegistryAPI.RecordVerification>()
  /// What they waited for meanwhile.
  package let steps = AsyncBox<SenderRegistryAPI.RecordVerification>()
  private let loop: EventLoop
  private let server: RPCServer
  private let refusals: Refusals
  private let changes = AsyncBox<ReplicaChange>()

  /// Failures that the next events are answered with.
  final class Refusals: Sendable {
    private let waiting = Mutex<[CallFailure]>([])
    func add(_ failure: CallFailure) { waiting.withLock { $0.append(failure) } }
    func next() -> CallFailure? { waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
  }

  package init(files: ServiceFiles, senders: [ReplicaChange], token: Secret) async throws {
    let keys = try files.pairKeys(.senderRegistry)
    guard let transit = try ReplicaSealing.keyring(with: .verifier, keys: keys) else {
      throw TimedOut(waitingFor: "a key for the verifier", limit: .zero)
    }
    var changes: [ReplicaChange] = []
    for (index, sender) in senders.enumerated() {
      var change = sender
      change.counter = Int64(index + 1)
      if change.phoneNumberID ?? change.preverifiedID != nil {
        change.sealedAccessToken = transit.seal(token, binding: ReplicaSealing.binding(change.senderID.text))
      }
      changes.append(change)
    }
    let snapshot = SenderRegistryAPI.ReplicaChanges.Reply(
      epoch: "e1", isSnapshot: true, changes: changes, isComplete: true)
    let refusals = Refusals()
    self.refusals = refusals
    var router = Router()
    router.on { [changes = self.changes] (call: SenderRegistryAPI.ReplicaChanges, context: CallContext) in
      if call.epoch != "e1" { return snapshot }
      var news: [ReplicaChange] = []
      do { news = [try await changes.next(within: .milliseconds(call.waitMilliseconds))] } catch {}
      return .init(epoch: "e1", isSnapshot: false, changes: news, isComplete: true)
    }
    router.on { [events, steps] (call: SenderRegistryAPI.RecordVerification, _: CallContext) in
      if call.state == .codeRequested || call.state == .needsListener {
        steps.put(call)
        return .init()
      }
      events.put(call)
      if let failure = refusals.next() { throw failure }
      return .init()
    }
    loop = try EventLoop(name: "registry")
    server = try RPCServer(
      loop: loop, address: SocketAddress(host: "127.0.0.1", port: 0), service: .senderRegistry, keys: keys,
      router: router, log: .silent, metrics: Metrics())
    try await server.start()
  }

  package var address: HostPort { HostPort(host: "127.0.0.1", port: Int(server.address.port)) }

  /// Tells that a sender is gone.
  package func delete(_ sender: SenderID) {
    changes.put(ReplicaChange(counter: 1_000, senderID: sender, isDeleted: true))
  }

  /// The next event is answered with `failure`.
  package func refuse(_ failure: CallFailure) { refusals.add(failure) }

  package func stop() async {
    await server.drain(within: .seconds(1))
    loop.stop()
  }
}
