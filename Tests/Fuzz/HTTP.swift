// Sources: Shared/HTTP/Parsing
// Compiled by scripts/fuzz together with the parser's own files, which need nothing else.

/// Feeds the bytes whole and in pieces chosen by the input itself: both must end the same, within the limits.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let all = [UInt8](UnsafeBufferPointer(start: start, count: count))
  guard let seed = all.first else { return 0 }
  let bytes = Array(all.dropFirst())
  let whole = Outcome(bytes, cuts: [])
  precondition(whole == Outcome(bytes, cuts: randomCuts(seed, bytes.count)), "the outcome depends on the split")
  return 0
}

private func randomCuts(_ seed: UInt8, _ count: Int) -> [Int] {
  if seed == 0 { return Array(0..<count) }
  var state = UInt32(seed)
  var cuts: [Int] = []
  var at = 0
  while at < count, cuts.count < 4096 {
    state = state &* 1_664_525 &+ 1_013_904_223
    at += Int(state >> 24) % (Int(seed) + 1)
    if at < count { cuts.append(at) }
  }
  return cuts
}

/// What the parser made of the bytes, however they were cut.
private struct Outcome: Equatable {
  var heads: [String] = []
  var bodies: [[UInt8]] = []
  var failure: HTTPRefusal?

  private static let limits: HTTPLimits = {
    var limits = HTTPLimits()
    // Small, so that the fuzzer reaches them.
    limits.headerBytes = 256
    limits.headerCount = 8
    limits.targetBytes = 64
    limits.chunkExtensionBytes = 16
    limits.trailerBytes = 32
    return limits
  }()

  private static let bodyLimit = 512

  init(_ bytes: [UInt8], cuts: [Int]) {
    var parser = HTTPParser(limits: Self.limits)
    var body: [UInt8] = []
    var start = 0
    for cut in cuts + [bytes.count] {
      bytes[start..<cut].withUnsafeBytes { parser.append($0) }
      start = cut
      while failure == nil, let event = parser.next(into: &body) {
        switch event {
        case .head(let head):
          check(head)
          failure = parser.acceptBody(upTo: Self.bodyLimit)
        case .end:
          precondition(body.count <= Self.bodyLimit, "a body beyond its limit")
          bodies.append(body)
          body = []
        case .failure(let refusal):
          precondition((400...505).contains(refusal.status), "no status for a client")
          failure = refusal
        }
      }
      precondition(body.count <= Self.bodyLimit, "a body beyond its limit")
    }
  }

  private mutating func check(_ head: HTTPMessageHead) {
    precondition(head.target.utf8.count <= Self.limits.targetBytes, "a target beyond its limit")
    precondition(head.headers.count <= Self.limits.headerCount, "more fields than the limit")
    precondition(head.headers.isWellFormed, "a field that could break out")
    precondition(head.minorVersion == 0 || !head.authority.isEmpty, "no authority")
    precondition(head.path.utf8.first == 0x2F || head.path == "*", "a path without a slash")
    let fields = head.headers.map { "\($0.name):\($0.value)" }
    heads.append("\(head.method) \(head.target) \(head.authority) \(head.framing) \(head.isKeepAlive) \(fields)")
  }
}
