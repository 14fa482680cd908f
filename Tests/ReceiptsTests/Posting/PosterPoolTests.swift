import Glibc
import Outbound
import ReceiptsHarness
import Telemetry
import TestSupport
import Testing

@testable import Receipts

@Suite(.timeLimit(.minutes(2))) struct PosterPoolTests {
  /// Answers at which FoundationNetworking 6.3 stops its process (swift-corelibs-foundation issue 5285).
  static let stopping = [
    "/status": "HTTP/1.1 200 OK\r\n", "/head": "HTTP/1.1 200 OK\r\nContent-Le",
    "/trailer": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-T: 1\r\n\r\n",
    "/length": "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775808\r\n\r\nok",
    "/colon": "HTTP/1.1 200 OK\r\nContent-Length:5\r\n\r\nhello",
  ]

  @Test func `what each unsound answer does`() async throws {
    let certificate = try TestCertificate()
    let server = try TLSReceiver(certificate, answers: Self.stopping)
    defer { server.stop() }
    for path in Self.stopping.keys.sorted() {
      try await PosterFixture.run(trusting: certificate) { fixture in
        let first = await fixture.post(server.url(path))
        let second = await fixture.post(server.url(path))
        print("PROBE", path, first, second)
        print("PROBE", fixture.lines.ofEvent("poster.stopped"))
      }
    }
  }
}
