import FoundationEssentials
import Glibc
import Outbound
import ReceiptsHarness
import Telemetry
import TestSupport
import Testing

@testable import Receipts

/// Posting processes of the real program, their answers over real TLS.
@Suite(.timeLimit(.minutes(2)), .enabled(if: TestCertificate.isReady, "needs `unshare` and the right to mount"))
struct PosterPoolTests {
  /// Answers at which FoundationNetworking 6.3 stops its process (swift-corelibs-foundation issue 5285). Should one of
  /// them no longer do so, this suite says it: then the processes may go.
  static let stopping = [
    "/status": "HTTP/1.1 200 OK\r\n", "/head": "HTTP/1.1 200 OK\r\nContent-Le",
    "/trailer": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
  ]
  private let certificate: TestCertificate

  init() throws { certificate = try TestCertificate() }

  @Test(arguments: stopping.keys.sorted())
  func `an answer that stops its reader costs two processes of posters and one failed attempt`(path: String)
    async throws
  {
    let server = try TLSReceiver(certificate, answers: Self.stopping)
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      #expect(await fixture.post(server.url(path)).isInterrupted)
      #expect(await fixture.post(server.url(path)).isUnreadable)
      #expect(fixture.stops("shared") == 1 && fixture.stops("solo") == 1)
      #expect(fixture.lines.ofEvent("poster.stopped").count == 2)
      #expect(fixture.lines.ofEvent("poster.answer_unreadable").count == 1)
      // From then on it stops processes of its own only.
      #expect(await fixture.post(server.url(path)).isUnreadable)
      #expect(fixture.stops("shared") == 1 && fixture.stops("solo") == 2)
    }
  }

  @Test(arguments: [
    ("/length", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nok"),
    ("/digits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nok"),
    ("/largest", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nok"),
    ("/negative", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok"), ("/nothing", ""),
    ("/noise", "\u{0}\u{1}\r\n\r\n"),
    ("/cut", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), ("/status-only", "HTTP/1.1 200\r\n\r\n"),
    ("/early", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    ("/switch", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    ("/fold", "HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 2\r\n\r\nok"),
    ("/challenge", "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno"),
    ("/chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok"),
    ("/many", "HTTP/1.1 200 OK\r\n" + String(repeating: "X-A: b\r\n", count: 20_000) + "\r\n"),
  ])
  func `no other unsound answer is worse than those, and none outlives its limit`(path: String, answer: String)
    async throws
  {
    let server = try TLSReceiver(certificate, answers: [path: answer])
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      let limits = OutboundLimits(head: .seconds(2), whole: .seconds(3))
      let outcome = await fixture.post(server.url(path), limits: limits)
      // Whatever it is, those who post afterwards do not notice.
      let good = try TLSReceiver(certificate)
      defer { good.stop() }
      #expect(await fixture.post(good.url("/")).status == 200, "\(outcome)")
      if outcome.isInterrupted { #expect(await fixture.post(server.url(path), limits: limits).isUnreadable) }
    }
  }

  /// RFC 9112 §5.1 has the space behind the colon optional; FoundationNetworking 6.3 insists on it.
  @Test func `an answer without a space behind a colon is told apart`() async throws {
    let server = try TLSReceiver(certificate, answers: ["/colon": "HTTP/1.1 200 OK\r\nContent-Length:5\r\n\r\nhello"])
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      let failure = try #require(await fixture.post(server.url("/colon")).failure)
      #expect(failure.isUnreadableHead && failure.neverLeft == false && failure.dialledAddress == "127.0.0.1")
      #expect(PostResult(failure).errorClass == "answer_unreadable")
      #expect(fixture.stops("shared") == 0)
    }
  }

  @Test func `who was under way beside it posts again alone, once, and then with the others`() async throws {
    let bad = try TLSReceiver(certificate, answers: Self.stopping)
    let good = try TLSReceiver(certificate)
    defer {
      bad.stop()
      good.stop()
    }
    try await PosterFixture.run(trusting: certificate) { fixture in
      async let held = fixture.post(good.url("/hold"), id: "evt_held")
      try await eventually("it is under way") { good.arrivals == ["/hold evt_held"] }
      let shared = try #require(await fixture.pool.processes().first)
      #expect(await fixture.post(bad.url("/head")).isInterrupted)
      #expect(await held.isInterrupted)
      try good.release()
      // Both are suspects; the innocent one answers from a process of its own.
      async let again = fixture.post(good.url("/hold"), id: "evt_held")
      async let convicted = fixture.post(bad.url("/head"))
      #expect(await again.status == 200)
      #expect(await convicted.isUnreadable)
      #expect(good.arrivals == ["/hold evt_held", "/hold evt_held"])
      // Cleared: the shared process takes it, beside which the culprit goes on stopping its own.
      #expect(fixture.stops("shared") == 1)
      #expect(await fixture.post(good.url("/")).status == 200)
      let started = fixture.lines.ofEvent("poster.started")
      #expect(started.filter { $0.contains("\"alone\":false") }.count == 2, "\(started)")
      #expect(await fixture.pool.processes().contains(shared) == false)
      #expect(await fixture.post(bad.url("/trailer")).isUnreadable)
      #expect(fixture.stops("shared") == 1)
    }
  }

  @Test func `a culprit's time alone ends`() async throws {
    let server = try TLSReceiver(certificate, answers: Self.stopping)
    defer { server.stop() }
    var limits = PosterLimits()
    limits.quarantine = .milliseconds(1)
    try await PosterFixture.run(trusting: certificate, limits: limits) { fixture in
      #expect(await fixture.post(server.url("/head")).isInterrupted)
      #expect(await fixture.post(server.url("/head")).isUnreadable)
      try await eventually("it posts with the others again") {
        #expect(await fixture.post(server.url("/")).status == 200)
        return fixture.lines.ofEvent("poster.started").filter { $0.contains("\"alone\":false") }.count == 2
      }
    }
  }

  @Test func `a hundred hostile answers cost an innocent neighbour nothing once they are known`() async throws {
    let bad = try TLSReceiver(certificate, answers: Self.stopping)
    let good = try TLSReceiver(certificate)
    defer {
      bad.stop()
      good.stop()
    }
    try await PosterFixture.run(trusting: certificate) { fixture in
      _ = await fixture.post(bad.url("/head"))
      _ = await fixture.post(bad.url("/head"))
      await withTaskGroup(of: (isGood: Bool, outcome: PosterOutcome).self) { group in
        for number in 0..<100 {
          group.addTask { (true, await fixture.post(good.url("/"), id: "evt_\(number)")) }
          if number % 10 == 0 { group.addTask { (false, await fixture.post(bad.url("/trailer"))) } }
        }
        for await (isGood, outcome) in group {
          #expect(isGood ? outcome.status == 200 : outcome.isUnreadable, "\(outcome)")
        }
      }
      #expect(good.arrivals.count == 100)
      #expect(fixture.stops("shared") == 1 && fixture.stops("solo") == 11)
    }
  }

  @Test func `a process that does not answer is ended`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    var limits = PosterLimits()
    limits.grace = .milliseconds(100)
    limits.idle = .milliseconds(400)
    try await PosterFixture.run(trusting: certificate, limits: limits) { fixture in
      let short = OutboundLimits(head: .milliseconds(300), whole: .milliseconds(300))
      async let held = fixture.post(server.url("/hold"), limits: short)
      try await eventually("it is under way") { server.arrivals.count == 1 }
      let process = try #require(await fixture.pool.processes().first)
      kill(process, SIGSTOP)
      #expect(await held.isInterrupted)
      #expect(kill(process, 0) != 0)
      try server.release()
      #expect(await fixture.post(server.url("/")).status == 200)
    }
  }

  @Test func `a process that is killed from outside convicts nobody`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      // In the shared process first, then alone.
      for arrivals in 1...2 {
        async let held = fixture.post(server.url("/hold"))
        try await eventually("it is under way") { server.arrivals.count == arrivals }
        for process in await fixture.pool.processes() { kill(process, SIGKILL) }
        #expect(await held.isInterrupted)
      }
      try server.release()
      #expect(await fixture.post(server.url("/hold")).status == 200)
      #expect(fixture.stops("shared") == 1 && fixture.stops("solo") == 1)
      #expect(fixture.lines.ofEvent("poster.answer_unreadable") == [])
    }
  }

  @Test func `signals to everybody do not cut what is under way`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    try await PosterFixture.run(trusting: certificate) { fixture in
      async let held = fixture.post(server.url("/hold"))
      try await eventually("it is under way") { server.arrivals.count == 1 }
      for process in await fixture.pool.processes() {
        for number in [SIGTERM, SIGINT, SIGHUP] { kill(process, number) }
      }
      try server.release()
      #expect(await held.status == 200)
    }
  }

  @Test func `a process without work ends, and the next post starts another`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    var limits = PosterLimits()
    limits.idle = .milliseconds(100)
    try await PosterFixture.run(trusting: certificate, limits: limits) { fixture in
      #expect(await fixture.pool.processes() == [])
      #expect(await fixture.post(server.url("/")).status == 200)
      let process = try #require(await fixture.pool.processes().first)
      try await eventually("it has ended") { kill(process, 0) != 0 }
      #expect(await fixture.pool.processes() == [])
      #expect(await fixture.post(server.url("/")).status == 200)
      #expect(fixture.stops("shared") == 0 && fixture.lines.ofEvent("poster.stopped") == [])
    }
  }

  @Test func `a posting process has one descriptor and nothing of the service's settings`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    // Something without close-on-exec, as a library may leave it.
    let stray = open("/dev/null", O_RDONLY)
    setenv("WSS_TEST_SETTING", "a secret", 1)
    defer {
      close(stray)
      unsetenv("WSS_TEST_SETTING")
    }
    try await PosterFixture.run(trusting: certificate) { fixture in
      async let held = fixture.post(server.url("/hold"))
      try await eventually("it is under way") { server.arrivals.count == 1 }
      let process = try #require(await fixture.pool.processes().first)
      let manager = FileManager.default
      let targets = try manager.contentsOfDirectory(atPath: "/proc/\(process)/fd").map {
        (number: Int($0) ?? -1, target: try manager.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\($0)"))
      }
      let inherited = targets.filter { $0.number < 4 }.sorted { $0.number < $1.number }.map(\.target)
      #expect(inherited.prefix(3) == ["/dev/null", "/dev/null", "/dev/null"])
      #expect(inherited.count == 4 && inherited[3].hasPrefix("socket:"))
      // The rest it has opened itself: for its loop, and to the guard.
      for (number, target) in targets where number > 3 {
        #expect(
          ["anon_inode", "socket:", "pipe:", "/dev/urandom", "/etc/ssl"].contains { target.hasPrefix($0) }, "\(target)")
      }
      let environment = try String(contentsOfFile: "/proc/\(process)/environ", encoding: .utf8)
      let names = environment.split(separator: "\0").compactMap { $0.split(separator: "=").first.map(String.init) }
      #expect(
        Set(names).isSubset(of: ["LD_LIBRARY_PATH", "PATH", "TZ", "SWIFT_BACKTRACE", "PWD", "OLDPWD", "SHLVL", "_"]))
      try server.release()
      #expect(await held.status == 200)
    }
  }

  @Test(arguments: ["/bin/false", "/nowhere/receipts"])
  func `a program that does not start fails posts in time, and is not started without end`(program: String)
    async throws
  {
    var limits = PosterLimits()
    limits.idle = .milliseconds(100)
    try await PosterFixture.run(trusting: certificate, limits: limits, program: program) { fixture in
      let outcome = await fixture.post(
        "https://127.0.0.1:1/", limits: OutboundLimits(head: .seconds(1), whole: .seconds(1)))
      #expect(outcome.failure?.kind == .overloaded && outcome.failure?.neverLeft == true)
      let starts = fixture.lines.ofEvent("poster.started").count + fixture.lines.ofEvent("poster.not_started").count
      #expect((1...6).contains(starts), "\(starts)")
    }
  }

  @Test func `one post more than may wait fails at once`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    var limits = PosterLimits()
    limits.shared = 1
    limits.waiting = 1
    try await PosterFixture.run(trusting: certificate, limits: limits) { fixture in
      async let first = fixture.post(server.url("/hold"))
      try await eventually("it is under way") { server.arrivals.count == 1 }
      async let second = fixture.post(server.url("/hold"))
      try await eventually("the second waits") { await fixture.pool.waitingPosts() == 1 }
      let third = await fixture.post("https://127.0.0.1:1/")
      #expect(third.failure?.message.contains("too many") == true)
      try server.release()
      #expect(await first.status == 200)
      #expect(await second.status == 200)
    }
  }

  @Test func `closing calls off what is under way and what waits, and leaves no process`() async throws {
    let server = try TLSReceiver(certificate)
    defer { server.stop() }
    var limits = PosterLimits()
    limits.shared = 1
    try await PosterFixture.run(trusting: certificate, limits: limits) { fixture in
      async let first = fixture.post(server.url("/hold"))
      try await eventually("it is under way") { server.arrivals.count == 1 }
      async let second = fixture.post(server.url("/hold"))
      let process = try #require(await fixture.pool.processes().first)
      fixture.pool.close()
      #expect(await first.failure?.kind == .cancelled)
      #expect(await second.failure?.kind == .cancelled)
      #expect(await fixture.post(server.url("/")).failure?.kind == .cancelled)
      try await eventually("it is gone") { kill(process, 0) != 0 }
    }
  }
}
