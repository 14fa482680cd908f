import Crypto
import Daemon
import Foundation
import HTTP
import JSON
import Store
import Synchronization
import Telemetry
import TestSupport
import Testing
import Transport
import Wire

@Suite struct ServiceHostTests {
  let files: ServiceFiles
  let lines = CollectedLines()

  init() throws { files = try ServiceFiles([ProbeService.name, .receipts]) }

  private func host(_ settings: [String: String] = [:]) throws -> ServiceHost<ProbeService> {
    let values = files.environment(ProbeService.name).merging(settings) { $1 }
    let plan = try LaunchPlan<ProbeService>(SettingsSources(environment: values))
    return try ServiceHost(plan, log: Log(service: "probe", level: .info, sink: .collecting(into: lines)))
  }

  private func get(_ path: String, _ port: Int, method: String = "GET") throws -> (status: String, body: String) {
    let socket = try RawSocket(port: UInt16(port))
    try socket.send("\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    let answer = try socket.receiveToEnd()
    let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    return (String(answer.split(separator: " ")[1]), parts.count > 1 ? String(parts[1]) : "")
  }

  private func get(_ path: String, _ port: Int) throws -> (status: String, json: JSONDocument) {
    let (status, body) = try get(path, port, method: "GET")
    return (status, try JSONDocument(parsing: Array(body.utf8)))
  }

  private var events: [String] {
    lines.all.compactMap { try? JSONDocument(parsing: Array($0.utf8)).root["event"]?.string }
      .filter { ($0.hasPrefix("probe.") && $0 != "probe.asked") || $0.hasPrefix("service.sta") }
  }

  @Test func `it starts, serves, says so, and stops in order`() async throws {
    let portsFile = files.directory.file("ports.json")
    let host = try host(["PORTS_FILE": portsFile, "GREETING": "good day"])
    try await host.start()
    let ports = host.ports
    #expect(ports.rpc > 0 && ports.http > 0 && ports.private > 0)
    let written = try Data(contentsOf: URL(filePath: portsFile))
    #expect(try JSONCoder.decode(PortsFile.self, from: Array(written)) == ports)
    let page = try get("/", ports.http, method: "GET")
    #expect(page.status == "200" && page.body == "good day")
    #expect(lines.ofEvent("service.setting").contains { $0.contains("GREETING") && $0.contains("good day") })
    let service = try #require(host.service)
    try await service.database.write { try $0.execute("INSERT INTO notes (text) VALUES ('a')") }

    await host.stop(within: .seconds(2))
    #expect(events == ["probe.init", "probe.start", "service.started", "probe.drain", "probe.stop", "probe.rows"])
    #expect(lines.ofEvent("probe.rows").first?.contains("\"count\":1") == true)
    #expect(!FileManager.default.fileExists(atPath: portsFile))
    for port in [ports.rpc, ports.http, ports.private] {
      #expect(throws: (any Error).self) { try RawSocket(port: UInt16(port)) }
    }
    await #expect(throws: StoreFailure.self) { try await service.database.read { _ in } }
  }

  @Test func `healthz answers for process and store, readyz for the job`() async throws {
    let host = try host()
    try await host.start()
    let port = host.ports.private
    let health = try get("/healthz", port)
    #expect(health.status == "200" && health.json.root["status"]?.string == "ok")

    let ready = try get("/readyz", port)
    #expect(ready.status == "200" && ready.json.root["status"]?.string == "ready")
    #expect(ready.json.root["degraded"]?["receipts"]?.string == "not connected")

    host.service?.readinessNow.withLock { $0 = Readiness(isReady: false, degraded: ["model": "no key"]) }
    let unready = try get("/readyz", port)
    #expect(unready.status == "503" && unready.json.root["status"]?.string == "not_ready")
    #expect(unready.json.root["degraded"]?["model"]?.string == "no key")
    #expect(try get("/healthz", port, method: "GET").status == "200")
    await host.stop(within: .seconds(1))
  }

  @Test func `a store that takes no writes fails healthz`() async throws {
    let host = try host()
    try await host.start()
    host.service?.database.close()
    let health = try get("/healthz", host.ports.private)
    #expect(health.status == "503" && health.json.root["status"]?.string == "failing")
    #expect(health.json.root["store"]?.string?.contains("closed") == true)
    #expect(try get("/readyz", host.ports.private, method: "GET").status == "503")
    await host.stop(within: .seconds(1))
  }

  @Test func `metrics cover process, store and HTTP, and other paths are refused`() async throws {
    let host = try host()
    try await host.start()
    _ = try get("/", host.ports.http, method: "GET")
    let (status, text) = try get("/metrics", host.ports.private, method: "GET")
    #expect(status == "200")
    for name in [
      "process_resident_memory_bytes ", "process_open_fds ", "process_cpu_seconds_total ",
      "wss_store_commits_total ", "wss_store_commit_seconds_bucket{le=\"+Inf\"} ",
      "wss_http_requests_total{method=\"GET\",route=\"none\",status=\"200\"} 1\n",
    ] {
      #expect(text.contains("\n\(name)"), "\(name)")
    }
    #expect(try get("/metrics", host.ports.private, method: "POST").status == "405")
    #expect(try get("/secret", host.ports.private, method: "GET").status == "404")
    #expect(try get("/metrics", host.ports.private, method: "HEAD").body == "")
    await host.stop(within: .seconds(1))
  }

  @Test func `a request runs in its caller's trace, or in a new one`() async throws {
    let host = try host()
    try await host.start()
    let sent = TraceContext.make()
    let answers = try [", traceparent: \(sent.traceparent)", ", traceparent: nonsense", ""].map { header in
      let socket = try RawSocket(port: UInt16(host.ports.http))
      let line = header.dropFirst(2)
      try socket.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\(line.isEmpty ? "" : "\(line)\r\n")\r\n")
      _ = try socket.receiveToEnd()
      let logged = try #require(lines.ofEvent("probe.asked").last)
      return try #require(try JSONDocument(parsing: Array(logged.utf8)).root["trace_id"]?.string)
    }
    #expect(answers[0] == sent.traceID)
    #expect(Set(answers).count == 3)
    await host.stop(within: .seconds(1))
  }

  @Test func `limits come from the settings`() async throws {
    let host = try host(["HTTP_CONNECTIONS": "7", "RPC_IN_FLIGHT": "9", "STORE_WRITE_QUEUE": "11"])
    let limits = host.runtime.common.limits
    #expect(limits.http.connections == 7 && limits.rpc.inFlightPerConnection == 9 && limits.store.writeQueue == 11)
    await host.stop(within: .seconds(1))
  }

  @Test(arguments: ["init", "start", "handlers"])
  func `a start that fails takes everything back and says why`(place: String) async throws {
    let host = try host(["FAILURE": place])
    let failure = await #expect(throws: LaunchFailure.self) { try await host.start() }
    #expect(failure?.exitCode == 1)
    let reason = place == "handlers" ? "these calls have no handler: probe.note.get" : "the probe was told to fail"
    #expect(failure?.description == "The service could not start: \(reason)")
    #expect(lines.ofEvent("service.started").isEmpty)
    // The database's lock is free again.
    let again = try self.host()
    try await again.start()
    await again.stop(within: .seconds(1))
  }

  @Test func `a ports file that cannot be written is a clear failure`() async throws {
    let path = files.directory.file("gone/ports.json")
    let host = try host(["PORTS_FILE": path])
    let failure = await #expect(throws: LaunchFailure.self) { try await host.start() }
    let reason = "cannot write PORTS_FILE \(path): it does not exist"
    #expect(failure?.description == "The service could not start: \(reason)")
    #expect(events.suffix(3) == ["probe.drain", "probe.stop", "probe.rows"])
  }

  @Test func `a port in use is a clear failure`() async throws {
    let first = try host()
    try await first.start()
    let other = try ServiceFiles([ProbeService.name])
    let values = other.environment(ProbeService.name).merging(["HTTP_PORT": "\(first.ports.http)"]) { $1 }
    let second = try ServiceHost(LaunchPlan<ProbeService>(SettingsSources(environment: values)), log: .silent)
    let failure = await #expect(throws: LaunchFailure.self) { try await second.start() }
    #expect(failure?.description.contains("bind 127.0.0.1:\(first.ports.http)") == true)
    await first.stop(within: .seconds(1))
  }

  @Test func `RPC binds to a name's address, and to that alone`() async throws {
    let host = try host(["RPC_BIND": "localhost", "BIND": "127.0.0.2"])
    try await host.start()
    let loop = try EventLoop(name: "caller")
    defer { loop.stop() }
    func connects(_ address: SocketAddress) async -> Bool {
      do throws(TransportFailure) {
        let connection = try await TCPConnector.connect(loop, to: address, timeout: .seconds(5))
        await loop.perform { connection.close(.closedHere("seen")) }
        return true
      } catch {
        return false
      }
    }
    let named = try await Resolver.resolve(host: "localhost", port: host.ports.rpc)
    #expect(await connects(try #require(named.first(where: \.isOwn))))
    #expect(await connects(try SocketAddress(host: "127.0.0.2", port: host.ports.http)))
    #expect(await !connects(try SocketAddress(host: "127.0.0.2", port: host.ports.rpc)))
    await host.stop(within: .seconds(1))
  }

  @Test func `a name that is not this machine's is refused by its name`() async throws {
    for (name, reason) in [("nowhere.invalid", "cannot resolve nowhere.invalid"), ("192.0.2.1", "bind 192.0.2.1")] {
      let host = try host(["RPC_BIND": name])
      let failure = await #expect(throws: LaunchFailure.self) { try await host.start() }
      #expect(failure?.description.contains(reason) == true, "\(name)")
    }
    #expect(try SocketAddress(host: "127.0.0.1", port: 80).isOwn)
    #expect(try !SocketAddress(host: "192.0.2.1", port: 80).isOwn)
  }

  @Test func `a second process on the same data is refused`() async throws {
    let first = try host()
    try await first.start()
    let failure = await #expect(throws: LaunchFailure.self) { try await self.host().start() }
    #expect(failure?.exitCode == 3)
    #expect(failure?.description.contains("same DATA_DIR") == true)
    await first.stop(within: .seconds(1))
  }

  @Test func `a database from a newer version is refused`() async throws {
    let path = files.dataDirectory(ProbeService.name) + "/probe.sqlite"
    let newer = try Database(
      path: path, migrations: (1...3).map { Migration("m\($0)", sql: "CREATE TABLE t\($0) (a INTEGER) STRICT") })
    newer.close()
    let failure = await #expect(throws: LaunchFailure.self) { try await self.host().start() }
    #expect(failure?.exitCode == 3)
    #expect(failure?.description.contains("schema 3, this binary knows 1") == true)
  }

  @Test func `data sealed with another key is refused, a rotated key is taken`() async throws {
    let path = files.sealingKeyFile(ProbeService.name)
    let original = try String(contentsOfFile: path, encoding: .utf8)
    let first = try host()
    try await first.start()
    await first.stop(within: .seconds(1))

    let other = try ServiceFiles([ProbeService.name])
    let strange = try String(contentsOfFile: other.sealingKeyFile(ProbeService.name), encoding: .utf8)
    // Not atomically: the file keeps its mode.
    try Data(strange.utf8).write(to: URL(filePath: path))
    let failure = await #expect(throws: LaunchFailure.self) { try await self.host().start() }
    #expect(failure?.exitCode == 4)

    let rotated = strange.replacingOccurrences(of: "k1 ", with: "k2 ")
    for text in [rotated + original, rotated] {
      try Data(text.utf8).write(to: URL(filePath: path))
      let host = try host()
      try await host.start()
      // The probe is sealed anew in the background, like everything else.
      try await eventually("the old key is not needed") {
        try get("/sealing", host.ports.private).json.root["done"]?.bool == true
      }
      await host.stop(within: .seconds(1))
    }
  }

  @Test func `a key that values still need may not be taken away, and the refusal says which and why`() async throws {
    let path = files.sealingKeyFile(ProbeService.name)
    let original = try String(contentsOfFile: path, encoding: .utf8)
    let first = try host()
    try await first.start()
    let sealed = try SealingKeyring(parsing: original).seal(Secret("note"), binding: "notes.text:1")
    let service = try #require(first.service)
    try await service.database.write { connection in
      try connection.execute("INSERT INTO notes (id, text) VALUES (1, ?), (2, 'in the clear')", sealed)
    }
    // Counted at most once a second.
    try await eventually("both values are counted") {
      let page = try get("/sealing", first.ports.private).json.root
      #expect(page["current"]?.string == "k1" && page["done"]?.bool == true && page["unreadable"]?.int64 == 0)
      return page["values"]?["k1"]?.int64 == 2
    }
    await first.stop(within: .seconds(1))

    let newLine = SealingKeyring.generateFileText(keyID: "k2")
    try Data(newLine.utf8).write(to: URL(filePath: path))
    let failure = await #expect(throws: LaunchFailure.self) { try await self.host().start() }
    #expect(failure?.exitCode == 4)
    #expect(failure?.description.contains("2 values sealed with key \"k1\"") == true)
    #expect(failure?.description.contains("put its line back") == true)

    // With both, everything moves to the new one, and then the old one may go.
    try Data((newLine + original).utf8).write(to: URL(filePath: path))
    let second = try host()
    try await second.start()
    try await eventually("the old key is removable") {
      let page = try get("/sealing", second.ports.private).json.root
      return page["removable"]?[0]?.string == "k1" && page["values"]?["k2"]?.int64 == 2
    }
    let metrics = try get("/metrics", second.ports.private, method: "GET").body
    #expect(metrics.contains("wss_sealing_values{key=\"k2\"} 2\n"))
    await second.stop(within: .seconds(1))
    try Data(newLine.utf8).write(to: URL(filePath: path))
    let third = try host()
    try await third.start()
    let text = try await third.service?.database.read {
      try $0.first("SELECT text FROM notes WHERE id = 1") { try $0.text(0) }
    }
    #expect(try SealingKeyring(parsing: newLine).open(text ?? "", binding: "notes.text:1").string == "note")
    await third.stop(within: .seconds(1))
  }

  @Test func `the page of pair keys shows every key, its place and its use`() async throws {
    let host = try host()
    try await host.start()
    func page() throws -> JSONNode? { try get("/keys", host.ports.private).json.root["keys"]?[0] }
    let unused = try #require(try page())
    #expect(unused["peer"]?.string == "receipts" && unused["key"]?.string == "probe.receipts")
    #expect(unused["position"]?.int64 == 1 && unused["accepted_total"]?.int64 == 0)
    let loop = try EventLoop(name: "caller")
    let caller = Peer(
      loop: loop, service: .receipts, peer: ProbeService.name, host: "127.0.0.1", port: host.ports.rpc,
      keys: try files.pairKeys(.receipts), log: .silent, metrics: Metrics())
    caller.keepConnected()
    try await eventually("the connection is counted") { try page()?["accepted_open"]?.int64 == 1 }
    #expect(try page()?["accepted_last_at"]?.string?.hasPrefix("20") == true)
    await caller.close()
    try await eventually("the connection is gone") { try page()?["accepted_open"]?.int64 == 0 }
    #expect(try page()?["accepted_total"]?.int64 == 1 && page()?["dialled_total"]?.int64 == 0)
    loop.stop()
    await host.stop(within: .seconds(1))
  }

  @Test func `draining refuses new connections and keeps health until the end`() async throws {
    let host = try host()
    try await host.start()
    let ports = host.ports
    // A request that is still being sent keeps the HTTP listener draining.
    let slow = try RawSocket(port: UInt16(ports.http))
    try slow.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    // The answer to the head shows that the server is in the middle of this request before the stop begins.
    _ = try slow.receive(until: "100 Continue\r\n\r\n")
    let service = try #require(host.service)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await host.stop(within: .seconds(5)) }
      try await service.drained.wait()
      let ready = try get("/readyz", ports.private)
      #expect(ready.status == "503" && ready.json.root["status"]?.string == "draining")
      #expect(try get("/healthz", ports.private, method: "GET").status == "200")
      try slow.send("ok")
      slow.close()
      try await group.waitForAll()
    }
  }
}
