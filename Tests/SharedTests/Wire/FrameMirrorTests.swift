import Transport
import Telemetry
import JSON
import Foundation
import Testing
import TestSupport
import Wire

@Suite struct FrameMirrorTests {
  static func lines(_ path: String) throws -> [String] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { String($0) }
  }

  static func record(_ body: String, _ mirror: FrameMirror) {
    mirror.record(Array(body.utf8)[...], .sent, "a>b")
  }

  @Test func `writes a line for each frame with secrets and people's data blanked`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("frames")
    let mirror = try FrameMirror(path: path)
    Self.record(
      #"{"kind":"request","id":1,"key":"idem","method":"m","params":{"access_token":"EAAG1","pin":123456,"#
        + #""list":[{"signing_secret":"s3cret","code":"99","id":"snd_1"}],"phone":"+4915","page_token":"x7y","#
        + #""key":"wss_live_1","empty":null,"pin2":1}}"#, mirror)
    Self.record(
      #"{"kind":"response","id":1,"error":{"code":"not_found","message":"m","details":{"code":"77"}}}"#, mirror)
    Self.record(#"{"kind":"proof","mac":"bWFj"}"#, mirror)
    Self.record("not json EAAG2", mirror)
    let lines = try Self.lines(path)
    #expect(lines.count == 4)
    for secret in ["EAAG", "123456", "s3cret", "\"99\"", "+4915", "x7y", "wss_live_1", "\"77\"", "bWFj"] {
      #expect(!lines.joined().contains(secret), "\(secret)")
    }
    #expect(lines[0].contains(#"> a>b {"kind":"request","id":1,"key":"idem","method":"m""#))
    #expect(lines[0].contains(#""id":"snd_1""#))
    #expect(lines[1].contains(#""code":"not_found""#))
  }

  @Test func `starts over at its limit and keeps one file before`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("frames")
    let mirror = try FrameMirror(path: path, limit: 1_000)
    for id in 1...100 { Self.record(#"{"kind":"ping","id":\#(id)}"#, mirror) }
    let sizes = try [path, path + ".1"].map { try Data(contentsOf: URL(fileURLWithPath: $0)).count }
    #expect(sizes.allSatisfy { $0 <= 1_000 && $0 > 0 })
    #expect(try Self.lines(path).last?.contains(#""id":100"#) == true)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path)
    #expect(files.sorted() == ["frames", "frames.1"])
  }

  @Test func `is for its owner's eyes only`() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("frames")
    _ = try FrameMirror(path: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func `a place that cannot be written is an error at once`() {
    #expect(throws: FrameMirrorFailure.self) { try FrameMirror(path: "/nonexistent/frames") }
  }
}
