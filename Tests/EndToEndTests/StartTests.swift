import Daemon
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// What operators and their machines see of a start and a stop.
  @Suite struct StartTests {
    @Test func `four services and the sandbox are alive, ready and measured`() async throws {
      let started = ContinuousClock.now
      try await Product.run { product in
        let files = product.services.files.directory
        let sandbox = try ChildProcess(
          ServiceProcesses.binary("sandbox"),
          environment: ["SANDBOX_PORT": "0", "PORTS_FILE": files.file("sandbox.ports")],
          output: files.file("sandbox.log"))
        try await eventually(within: .seconds(20), "the sandbox listens") {
          (try? String(readingFile: files.file("sandbox.ports")))?.hasSuffix("\n") == true
        }
        print("four services and the sandbox ready after \(ContinuousClock.now - started)")
        let ports = try JSONValue(parsing: Array(try String(readingFile: files.file("sandbox.ports")).utf8))
        let sandboxPort = ports["http"]?.int64 ?? 0
        #expect(await product.get("http://127.0.0.1:\(sandboxPort)/healthz")?.status == 200)
        sandbox.send(15)
        #expect(try await sandbox.wait() == .exit(0))
        for name in CommonSettings.services { try await Self.look(name, product) }
      }
    }

    private static func look(_ name: ServiceName, _ product: Product) async throws {
      let base = product.services.privateURL(name)
      let health = try #require(await product.get(base + "/healthz"))
      #expect(health.status == 200)
      let body = try JSONValue(parsing: Array(health.text.utf8))
      #expect(body["status"] == "ok" && body["service"] == .string(name.rawValue))
      try await eventually(within: .seconds(20), "\(name) is ready and misses nobody") {
        guard let ready = await product.get(base + "/readyz"), ready.status == 200 else { return false }
        guard case .object(let degraded)? = try JSONValue(parsing: Array(ready.text.utf8))["degraded"] else {
          return false
        }
        return degraded.members.isEmpty
      }
      let metrics = try #require(await product.get(base + "/metrics"))
      let samples = try PrometheusText.parse(metrics.text)
      #expect(samples.contains { $0.name == "wss_build_info" && $0.labels["service"] == name.rawValue })
      let resident = samples.first { $0.name == "process_resident_memory_bytes" }
      print("\(name): \(Int((resident?.value ?? 0) / 1_048_576)) MiB resident in a debug build")
      #expect(samples.contains { $0.name == "process_open_fds" && $0.value > 0 })
    }

    @Test func `SIGTERM ends every service with 0 and takes its ports file away`() async throws {
      try await Product.run { product in
        let isClean = try await product.services.stop()
        #expect(isClean)
        for name in CommonSettings.services {
          #expect((try? String(readingFile: product.services.files.directory.file("\(name).ports"))) == nil)
          #expect(product.services.log(name).contains(#""event":"service.stopped""#))
        }
      }
    }

    @Test func `SIGTERM lets the running send finish and resends nothing`() async throws {
      try await Product.run { product in
        let story = product.story
        let shop = try await story.openShop()
        let before = product.world.ledger.totals.messagesAccepted
        try product.world.faults.order(
          Fault(.delay, at: "graph.messages", parameters: .init(milliseconds: 1_500)))
        let customer = try #require(PhoneDigits(Story.customer))
        try product.world.customers.send("Last call", from: customer, to: shop.number)
        try await eventually(within: .seconds(20), "the send is under way") {
          product.world.ledger.totals.messagesAccepted > before
        }
        let end = try await product.services.stop(.messagingRouter)
        #expect(end == .exit(0))
        let copy = try DatabaseCopy.router(product.services)
        let rows = try await copy.rows("SELECT status FROM messages WHERE direction = 'outbound'", columns: 1)
        copy.close()
        // Its statuses may have been faster than the answer.
        #expect(rows.count == before + 1)
        #expect(rows.allSatisfy { ["accepted", "sent", "delivered", "read"].contains($0[0] ?? "") }, "\(rows)")
        try product.services.launch(.messagingRouter)
        try await product.services.ready(.messagingRouter)
        try await story.converse("Good morning", with: shop)
        #expect(product.world.ledger.repeatedCallbackData.isEmpty)
        #expect(product.world.ledger.totals.messagesArrived == before + 2)
      }
    }
  }
}
