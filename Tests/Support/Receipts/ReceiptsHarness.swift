package import Contracts
import Daemon
import Foundation
import Glibc
import JSON
import Synchronization
import Telemetry
package import TestSupport
import Transport
package import Wire

/// The real `receipts` program in a process of its own, its egress guard included, with a temporary store and every
/// port the kernel's choice. The registry and the router are played over the real protocol.
package final class ReceiptsHarness: Sendable {
  private struct Running {
    let process: Process
    let frontDoor: Peer
    let router: Peer
    let ports: PortsFile
  }

  /// Its folders and keys; they outlast a kill.
  package let files: ServiceFiles
  private let settings: [String: String]
  private let program: String
  private let loop: EventLoop
  private let registry: RPCServer
  private let senders: Senders
  private let running = Mutex<Running?>(nil)

  /// What the played registry tells.
  private final class Senders: Sendable {
    let changes = Mutex<[ReplicaChange]>([])
  }

  /// Plays the registry; the service is not started yet. The default settings allow webhooks on this machine.
  /// With `trusting`, its webhooks over TLS are trusted when they have this certificate.
  package init(
    _ settings: [String: String] = [:], webhookPorts: [Int] = [], trusting certificate: TestCertificate? = nil
  ) async throws {
    program = try certificate?.trusting(Self.binary()) ?? Self.binary()
    files = try ServiceFiles([.senderRegistry, .messagingRouter, .receipts])
    let loop = try EventLoop(name: "neighbours")
    self.loop = loop
    let senders = Senders()
    self.senders = senders
    var router = Router()
    router.on { (call: SenderRegistryAPI.ReplicaChanges, _) -> SenderRegistryAPI.ReplicaChanges.Reply in
      let isKnown = call.epoch == "e1"
      let found = senders.changes.withLock { $0.filter { !isKnown || $0.counter > call.after } }
      // A short stand-in for the long poll.
      if isKnown && found.isEmpty { await loop.pause(.milliseconds(min(20, call.waitMilliseconds))) }
      return .init(epoch: "e1", isSnapshot: !isKnown, changes: found, isComplete: true)
    }
    registry = try RPCServer(
      loop: loop, address: try SocketAddress(host: "127.0.0.1", port: 0), service: .senderRegistry,
      keys: try files.pairKeys(.senderRegistry), router: router, log: Log(service: "registry", sink: .discarding),
      metrics: Metrics())
    try await registry.start()
    let peers: [ServiceName: HostPort] = [
      .senderRegistry: HostPort(host: "127.0.0.1", port: Int(registry.address.port))
    ]
    let open = [
      "ALLOW_HTTP_WEBHOOKS": "true", "EGRESS_ALLOWED_RANGES": "127.0.0.0/8", "RETRY_SCHEDULE": "0s,100ms,100ms",
      "EGRESS_PORTS": (webhookPorts + [443]).map(String.init).joined(separator: ","),
      "PORTS_FILE": files.directory.file("ports.json"),
    ]
    self.settings = files.environment(.receipts, peers: peers).merging(open) { $1 }.merging(settings) { $1 }
  }

  /// Tells the registry of a sender.
  package func addSender(_ id: SenderID, account: AccountID) {
    senders.changes.withLock { changes in
      var change = ReplicaChange(counter: Int64(changes.count + 1), senderID: id, isDeleted: false)
      change.accountID = account
      change.phoneNumber = PhoneNumber(trusted: "+4930123456")
      change.displayName = "Café Müller"
      change.status = .online
      changes.append(change)
    }
  }

  /// Starts the program and waits until it listens. `changes` are settings for this life only.
  package func start(_ changes: [String: String] = [:]) async throws {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.environment = settings.merging(changes) { $1 }
    process.standardError = try logFile()
    try process.run()
    var ports: PortsFile?
    try await eventually("receipts has started") {
      if !process.isRunning { throw TimedOut(waitingFor: "receipts ended at once: \(log)", limit: .zero) }
      guard let data = FileManager.default.contents(atPath: files.directory.file("ports.json")) else { return false }
      ports = try JSONCoder.decode(PortsFile.self, from: Array(data))
      return ports?.processID == Int(process.processIdentifier)
    }
    guard let ports else { return }
    let frontDoor = try peer(.senderRegistry, port: ports.rpc)
    let router = try peer(.messagingRouter, port: ports.rpc)
    running.withLock {
      $0 = Running(process: process, frontDoor: frontDoor, router: router, ports: ports)
    }
  }

  /// Calls as the front door does.
  package func call<C: Call>(_ call: C, account: AccountID) async throws -> C.Reply {
    guard let peer = running.withLock({ $0?.frontDoor }) else { throw NotRunning() }
    return try await peer.call(call, account: account.text)
  }

  /// Hands events over as the router does.
  package func record(_ events: [StatusEvent]) async throws -> [ReceiptsAPI.RecordEvents.Outcome] {
    guard let peer = running.withLock({ $0?.router }) else { throw NotRunning() }
    return try await peer.call(ReceiptsAPI.RecordEvents(events: events.map { HandedEvent(status: $0) })).outcomes
  }

  /// Sets a webhook once the service has heard of the sender.
  package func setWebhook(_ url: String, sender: SenderID, account: AccountID) async throws -> Webhook {
    var webhook: Webhook?
    try await eventually("the sender has reached the replica") {
      do {
        webhook = try await call(ReceiptsAPI.SetWebhook(senderID: sender, url: url), account: account)
        return true
      } catch let failure as CallFailure where failure.reason == "SENDER_NOT_FOUND" {
        return false
      }
    }
    guard let webhook else { throw NotRunning() }
    return webhook
  }

  /// The deliveries of a sender, newest first.
  package func deliveries(_ sender: SenderID, account: AccountID) async throws -> [Delivery] {
    try await call(ReceiptsAPI.ListDeliveries(senderID: sender, limit: 100), account: account).data
  }

  /// Waits until a delivery of the sender is as asked for.
  package func delivery(
    _ what: String, _ sender: SenderID, _ account: AccountID, within limit: Duration = .seconds(10),
    _ condition: (Delivery) -> Bool
  ) async throws -> Delivery {
    var found: Delivery?
    try await eventually(within: limit, what) {
      found = try await deliveries(sender, account: account).first(where: condition)
      return found != nil
    }
    guard let found else { throw NotRunning() }
    return found
  }

  /// The program's process.
  package func processID() throws -> Int32 {
    guard let process = running.withLock({ $0?.process }), process.isRunning else { throw NotRunning() }
    return process.processIdentifier
  }

  /// The posting process that it has started last, by its log; nil when there was none.
  package var posterID: Int32? {
    let lines = log.split(separator: "\n").filter { $0.contains("\"event\":\"poster.started\"") }
    guard let number = lines.last?.split(separator: "\"pid\":").last?.prefix(while: \.isNumber) else { return nil }
    return Int32(number)
  }

  /// What the private listener answers, for `/metrics` and the like.
  package func get(_ path: String) throws -> String {
    guard let port = running.withLock({ $0?.ports.private }) else { throw NotRunning() }
    let socket = try RawSocket(port: UInt16(port))
    try socket.send("GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return try socket.receiveToEnd()
  }

  /// The program's process; 0 while it does not run.
  package var processIdentifier: Int32 { running.withLock { $0?.process.processIdentifier ?? 0 } }

  /// Everything it has logged so far.
  package var log: String { (try? String(contentsOfFile: files.directory.file("log"), encoding: .utf8)) ?? "" }

  /// `kill -9`; waits until it is gone.
  package func kill() async throws { _ = try await end(SIGKILL) }

  /// SIGTERM; waits until it is gone and answers its exit code.
  package func terminate() async throws -> Int32 { try await end(SIGTERM) }

  /// Ends everything.
  package func close() async {
    if running.withLock({ $0 != nil }) { _ = try? await end(SIGKILL) }
    await registry.drain(within: .seconds(1))
    loop.stop()
  }

  /// Makes one, runs `body`, ends it.
  package static func run(
    _ settings: [String: String] = [:], webhookPorts: [Int] = [], trusting certificate: TestCertificate? = nil,
    _ body: (ReceiptsHarness) async throws -> Void
  ) async throws {
    let harness = try await ReceiptsHarness(settings, webhookPorts: webhookPorts, trusting: certificate)
    do {
      try await body(harness)
    } catch {
      await harness.close()
      throw error
    }
    await harness.close()
  }

  private struct NotRunning: Error {}

  private func end(_ signal: Int32) async throws -> Int32 {
    let ended = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let ended else { throw NotRunning() }
    Glibc.kill(ended.process.processIdentifier, signal)
    try await eventually("receipts has ended") { !ended.process.isRunning }
    await ended.frontDoor.close()
    await ended.router.close()
    return ended.process.terminationStatus
  }

  private func peer(_ service: ServiceName, port: Int) throws -> Peer {
    Peer(
      loop: loop, service: service, peer: .receipts, host: "127.0.0.1", port: port, keys: try files.pairKeys(service),
      log: Log(service: service.rawValue, sink: .discarding), metrics: Metrics())
  }

  /// Opened for appending: the log of a life before a kill stays.
  private func logFile() throws -> FileHandle {
    let descriptor = open(files.directory.file("log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw CocoaError(.fileWriteUnknown) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// The program lies beside the one that runs the tests.
  package static func binary() throws -> String {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return URL(filePath: own).deletingLastPathComponent().appending(path: "receipts").path(percentEncoded: false)
  }
}
