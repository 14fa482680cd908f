import TestSupport
import Transport
import Telemetry
import JSON
import Testing
import Wire

@Suite struct FrameSplitterTests {
  static let bodies = [#"{"kind":"ping","id":1}"#, "{}", #"{"a":"é😀"}"#, String(repeating: "x", count: 300)]
  static let stream = bodies.flatMap { frame(Array($0.utf8)) }

  static func frame(_ body: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(body.count).bigEndian) { Array($0) } + body
  }

  static func feed(_ splitter: inout FrameSplitter, _ bytes: some Collection<UInt8>) throws -> [String] {
    Array(bytes).withUnsafeBytes { splitter.append($0) }
    var found: [String] = []
    while let body = try splitter.next() { found.append(String(decoding: body, as: UTF8.self)) }
    return found
  }

  @Test func `finds the same frames wherever the stream is cut in two`() throws {
    for cut in 0...Self.stream.count {
      var splitter = FrameSplitter(limit: 4_096)
      let found = try Self.feed(&splitter, Self.stream[..<cut]) + Self.feed(&splitter, Self.stream[cut...])
      #expect(found == Self.bodies, "cut at \(cut)")
      #expect(splitter.bufferedBytes == 0)
    }
  }

  @Test func `finds every frame when bytes come one at a time`() throws {
    var splitter = FrameSplitter(limit: 4_096)
    var found: [String] = []
    for byte in Self.stream { found += try Self.feed(&splitter, [byte]) }
    #expect(found == Self.bodies)
  }

  @Test func `finds every frame in random pieces`() throws {
    let seed = UInt64.random(in: 1 ... .max)
    var state = seed
    func random(_ most: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(most)) + 1
    }
    let bodies = (0..<500).map { _ in String(repeating: "y", count: random(9_000)) }
    let stream = bodies.flatMap { Self.frame(Array($0.utf8)) }
    var splitter = FrameSplitter(limit: 10_000)
    var found: [String] = []
    var at = 0
    while at < stream.count {
      let end = min(stream.count, at + random(70_000))
      found += try Self.feed(&splitter, stream[at..<end])
      at = end
    }
    #expect(found == bodies, "seed \(seed)")
  }

  @Test func `refuses a frame of no bytes`() {
    var splitter = FrameSplitter(limit: 4_096)
    #expect(throws: FrameFailure.empty) { try Self.feed(&splitter, [0, 0, 0, 0]) }
  }

  @Test(arguments: [UInt32(4_097), 1 << 31, .max])
  func `refuses a declared length above the limit before any of it has come`(length: UInt32) {
    var splitter = FrameSplitter(limit: 4_096)
    let header = withUnsafeBytes(of: length.bigEndian) { Array($0) }
    #expect(throws: FrameFailure.tooLong(declared: Int(length), limit: 4_096)) { try Self.feed(&splitter, header) }
  }

  @Test func `takes a frame of exactly the limit`() throws {
    var splitter = FrameSplitter(limit: 4_096)
    let found = try Self.feed(&splitter, Self.frame([UInt8](repeating: 32, count: 4_096)))
    #expect(found.count == 1)
  }

  @Test func `holds what has arrived and not what was declared`() throws {
    var splitter = FrameSplitter(limit: 1 << 30)
    let found = try Self.feed(&splitter, [0x3F, 0xFF, 0xFF, 0xFF, 1, 2, 3])
    #expect(found.isEmpty)
    #expect(splitter.bufferedBytes == 7)
    #expect(splitter.reservedBytes < 1_024)
  }

  @Test func `a failure is final, whatever comes after it`() {
    var splitter = FrameSplitter(limit: 4_096)
    for _ in 0..<2 {
      #expect(throws: FrameFailure.empty) { try Self.feed(&splitter, [0, 0, 0, 0] + Self.stream) }
      #expect(splitter.bufferedBytes == 0)
    }
  }

  @Test func `gives a large buffer back once it is empty`() throws {
    var splitter = FrameSplitter(limit: 1 << 20)
    let found = try Self.feed(&splitter, Self.frame([UInt8](repeating: 32, count: 900_000)))
    #expect(found.count == 1)
    #expect(splitter.reservedBytes <= 131_072)
  }
}
