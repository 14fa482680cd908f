import Outbound

/// The first frame: what a posting process is told before it has a second thread.
struct PosterHello: Equatable {
  var pass: EgressPass
  /// Posts at the same time.
  var concurrency: Int

  func frame() -> [UInt8] {
    var writer = FieldWriter()
    writer.put(pass.proxyURL)
    writer.put(pass.noteHeader)
    writer.put(UInt32(concurrency))
    return writer.frame()
  }

  init(pass: EgressPass, concurrency: Int) {
    self.pass = pass
    self.concurrency = concurrency
  }

  init(_ body: [UInt8]) throws(FieldReader.Malformed) {
    var reader = FieldReader(body)
    pass = EgressPass(proxyURL: try reader.text(limit: 1_024), noteHeader: try reader.text(limit: 256))
    concurrency = Int(try reader.number(UInt32.self))
    try reader.end()
    guard (1...65_536).contains(concurrency) else { throw FieldReader.Malformed() }
  }
}
