import Workers
import Wire
import Telemetry
import Store
import Outbound
import Daemon
import Contracts
import Crypto
import Foundation
import HTTP
import TestSupport
import Testing
import Transport
import VerifierHarness

@testable import HTTP
@testable import Verifier

/// Links that play a recording: who may, for how long, and which part.
@Suite struct RecordingLinkTests {
  private func withLink(
    settings: [String: String] = [:], _ body: (RecordingStage, VerificationID, String) async throws -> Void
  ) async throws {
    try await RecordingStage.run(withEngine: false, settings: settings) { stage in
      let id = try await stage.begin()
      try await stage.record(RecordedSound.noise(2, seed: 7))
      try await stage.reaches(.needsListener, id)
      try await body(stage, id, try #require(try await stage.list(id).first?.url))
    }
  }

  @Test func `a link plays for ten minutes, to programs that know nothing else`() async throws {
    try await withLink { stage, id, url in
      let shown = try #require(try await stage.list(id).first)
      #expect(shown.urlExpiresAt.map { $0.milliseconds - stage.now }.map { (599_000...600_000).contains($0) } == true)
      let sound = try await stage.get(url)
      #expect(sound.status == 200 && sound.body == RecordedSound.noise(2, seed: 7))
      let expected = [
        "Content-Type": "audio/wav", "Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer", "Accept-Ranges": "bytes",
        "Content-Disposition": "inline; filename=\"\(shown.id).wav\"", "ETag": "\"\(shown.id)\"",
      ]
      for (name, value) in expected { #expect(sound.headers[name] == value, "\(name)") }
      stage.harness.clock.advance(by: .seconds(598))
      #expect(try await stage.get(url).status == 200)
      stage.harness.clock.advance(by: .seconds(2))
      let late = try await stage.get(url)
      #expect(late.status == 403 && String(decoding: late.body, as: UTF8.self).contains("LINK_EXPIRED"))
      // The next list has a new one.
      #expect(try await stage.get(try #require(try await stage.list(id).first?.url)).status == 200)
    }
  }

  @Test func `whatever is changed about a link, it opens nothing and tells nothing`() async throws {
    try await withLink { stage, id, url in
      let own = try #require(try await stage.list(id).first?.id.text)
      let expires = try #require(url.split(separator: "expires=").last?.split(separator: "&").first)
      let signature = try #require(url.split(separator: "signature=").last)
      let other = "rec_" + ULID.make(milliseconds: stage.now)
      let base = try #require(url.split(separator: "/v1/").first)
      func link(_ id: String, _ query: String) -> String { "\(base)/v1/recordings/\(id)?\(query)" }
      let changed = [
        link(other, "expires=\(expires)&signature=\(signature)"),
        link("rec_x", "expires=\(expires)&signature=\(signature)"),
        link(own, "expires=\((Int(expires) ?? 0) + 1)&signature=\(signature)"),
        link(own, "expires=0\(expires)&signature=\(signature)"),
        link(own, "expires=%2B\(expires)&signature=\(signature)"),
        link(own, "expires=99999999999999999999&signature=\(signature)"),
        link(own, "expires=-1&signature=\(signature)"),
        link(own, "expires=\(expires)&signature=\(signature.dropLast())"),
        link(own, "expires=\(expires)&signature=\(signature)="),
        link(own, "expires=\(expires)&signature=\(String(signature.dropLast(2)) + "AA")"),
        link(own, "expires=\(expires)&signature="), link(own, "expires=\(expires)"), link(own, ""),
        link(own, "signature=\(signature)"),
        link(own, "expires=\(expires)&signature=\(signature)&signature=\(signature)"),
        link(own, "expires=\(expires)&expires=\(expires)&signature=\(signature)"),
        link(own, "expires=\(expires)&signature=\(signature)&x=1"),
        link(own.lowercased(), "expires=\(expires)&signature=\(signature)"),
      ]
      var answers: Set<String> = []
      for link in changed {
        let answer = try await stage.get(link)
        #expect(answer.status == 403, "\(link)")
        #expect(answer.headers["Cache-Control"] == "private, no-store")
        answers.insert(String(decoding: answer.body, as: UTF8.self))
      }
      #expect(answers.count == 1 && answers.first?.contains("LINK_INVALID") == true)
      // A changed link that has expired as well is not told apart.
      stage.harness.clock.advance(by: .seconds(1_000))
      #expect(String(decoding: try await stage.get(changed[0]).body, as: UTF8.self) == answers.first)
      // The order of the two is nobody's business.
      stage.harness.clock.advance(by: .seconds(-1_000))
      #expect(try await stage.get(link(own, "signature=\(signature)&expires=\(expires)")).status == 200)
    }
  }

  @Test func `only GET and HEAD play`() async throws {
    try await withLink { stage, _, url in
      for method in ["POST", "PUT", "DELETE"] {
        let answer = try await stage.get(url, method: method)
        #expect(answer.status == 405 && answer.headers["Allow"] == "GET, HEAD", "\(method)")
      }
      let head = try await stage.get(url, method: "HEAD", headers: [("Range", "bytes=0-9")])
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head.headers["Content-Length"] == "\(RecordedSound.noise(2, seed: 7).count)")
    }
  }

  @Test func `links lead to the public address where there is one`() async throws {
    try await withLink(settings: ["PUBLIC_URL": "https://listen.example/verifier"]) { stage, _, url in
      #expect(url.hasPrefix("https://listen.example/verifier/v1/recordings/rec_"))
      let path = try #require(url.split(separator: "/v1/").last)
      #expect(try await stage.get("http://127.0.0.1:\(stage.harness.host.ports.http)/v1/\(path)").status == 200)
    }
  }

  @Test func `another account gets neither list nor link`() async throws {
    try await withLink { stage, id, _ in
      let failure = await #expect(throws: (any Error).self) {
        try await stage.harness.call(VerifierAPI.ListRecordings(id: id), account: VerifierHarness.stranger)
      }
      #expect("\(String(describing: failure))".contains("VERIFICATION_NOT_FOUND"))
    }
  }

  @Test func `more listeners than places wait their turn, and a place is free again afterwards`() async throws {
    try await withLink { stage, _, url in
      let web = try stage.harness.service.web
      let target = "/v1/" + (try #require(url.split(separator: "/v1/").last))
      func ask(_ method: String = "GET", _ headers: HTTPHeaders = [:]) async throws -> HTTPResponse {
        let remote = try SocketAddress(host: "127.0.0.1", port: 1)
        return await web.respond(to: try HTTPRequest(method: method, target: target, headers: headers, remote: remote))
      }
      // Answers whose last byte has not left.
      var held: [HTTPResponse] = []
      for _ in 0..<RecordingPlayback.places { held.append(try await ask()) }
      #expect(held.allSatisfy { $0.status == 200 })
      let refused = try await ask()
      #expect(refused.status == 503 && refused.headers["Retry-After"] == "1")
      #expect(try await stage.get(url).status == 503)
      guard case .stream(let body) = try #require(held.first).body else {
        throw TimedOut(waitingFor: url, limit: .zero)
      }
      body.close()
      // One place: no answer of these keeps it.
      for _ in 0..<3 {
        #expect(try await ask("GET", ["Range": "bytes=9999999-"]).status == 416)
        try await eventually("the place") { try await stage.get(url, method: "HEAD").status == 200 }
        try await eventually("the place") { try await stage.get(url).status == 200 }
        try await eventually("the place") {
          try await stage.get(url, headers: [("Range", "bytes=0-9")]).status == 206
        }
        #expect(try await stage.get(url + "x").status == 403)
      }
    }
  }

  // MARK: Ranges

  struct Case: Sendable {
    var fields: [String]
    var range: ByteRange
    init(_ fields: String..., gives range: ByteRange) { (self.fields, self.range) = (fields, range) }
  }

  static let cases = [
    Case(gives: .whole), Case("bytes=0-9", gives: .part(0..<10)), Case("bytes=0-0", gives: .part(0..<1)),
    Case("bytes=90-", gives: .part(90..<100)), Case("bytes=99-99", gives: .part(99..<100)),
    Case("bytes=50-1000", gives: .part(50..<100)), Case("bytes=-10", gives: .part(90..<100)),
    Case("bytes=-1000", gives: .part(0..<100)), Case("bytes=-0", gives: .unsatisfiable),
    Case("bytes=100-", gives: .unsatisfiable), Case("bytes=100-200", gives: .unsatisfiable),
    Case("bytes=99999999999999999999999-", gives: .unsatisfiable),
    Case("bytes=0-99999999999999999999999", gives: .part(0..<100)), Case("BYTES=0-9", gives: .part(0..<10)),
    Case("bytes= 0-9 ", gives: .part(0..<10)), Case("bytes=9-0", gives: .whole), Case("bytes=-", gives: .whole),
    Case("bytes=", gives: .whole), Case("bytes=a-b", gives: .whole), Case("bytes=0-9,20-29", gives: .whole),
    Case("bytes=+1-9", gives: .whole), Case("bytes=0x1-9", gives: .whole), Case("bytes=1.0-9", gives: .whole),
    Case("bytes=0--9", gives: .whole), Case("seconds=0-9", gives: .whole), Case("0-9", gives: .whole),
    Case("bytes=0-9", "bytes=20-29", gives: .whole), Case("", gives: .whole), Case("bytes=٣-9", gives: .whole),
  ]

  @Test(arguments: cases)
  func `a Range field is read as RFC 9110 says`(example: Case) {
    #expect(ByteRange(example.fields, length: 100) == example.range, "\(example.fields)")
  }

  @Test func `nothing has no part`() {
    #expect(ByteRange(["bytes=0-"], length: 0) == .unsatisfiable)
    #expect(ByteRange(["bytes=-5"], length: 0) == .unsatisfiable)
  }

  @Test func `curl gets the parts it asks for`() async throws {
    try await withLink { stage, _, url in
      let sound = RecordedSound.noise(2, seed: 7)
      let folder = stage.harness.files.directory
      func curl(_ name: String, _ arguments: String...) async throws -> (head: String, body: [UInt8]) {
        let (head, body, out) = (folder.file("\(name).head"), folder.file("\(name).body"), folder.file("\(name).out"))
        let child = try ChildProcess(
          "/usr/bin/curl", ["-sS", "-D", head, "-o", body] + arguments + [url], output: out)
        #expect(try await child.wait(within: .seconds(20)) == .exit(0), "\(name)")
        let bytes = FileManager.default.contents(atPath: body) ?? Data()
        return (try String(readingFile: head), Array(bytes))
      }
      let first = try await curl("first", "-r", "0-43")
      #expect(first.head.hasPrefix("HTTP/1.1 206") && first.body == Array(sound[..<44]))
      #expect(first.head.contains("Content-Range: bytes 0-43/\(sound.count)"))
      let last = try await curl("last", "-r", "-100")
      #expect(last.head.hasPrefix("HTTP/1.1 206") && last.body == Array(sound.suffix(100)))
      let rest = try await curl("rest", "-r", "30000-")
      #expect(rest.body == Array(sound[30_000...]))
      let several = try await curl("several", "-r", "0-9,20-29")
      #expect(several.head.hasPrefix("HTTP/1.1 200") && several.body == sound)
      let beyond = try await curl("beyond", "-r", "9999999-")
      #expect(beyond.head.hasPrefix("HTTP/1.1 416") && beyond.head.contains("Content-Range: bytes */\(sound.count)"))
      let whole = try await curl("whole")
      #expect(whole.head.hasPrefix("HTTP/1.1 200") && whole.body == sound)
      let tag = try #require(whole.head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
      let same = try await curl("same", "-r", "0-9", "-H", "If-Range: \(tag)")
      #expect(same.head.hasPrefix("HTTP/1.1 206") && same.body == Array(sound[..<10]))
      let other = try await curl("other", "-r", "0-9", "-H", "If-Range: \"another\"")
      #expect(other.head.hasPrefix("HTTP/1.1 200") && other.body == sound)
      let head = try await curl("head", "-I")
      #expect(head.head.hasPrefix("HTTP/1.1 200") && head.head.contains("Content-Length: \(sound.count)"))
    }
  }
}
