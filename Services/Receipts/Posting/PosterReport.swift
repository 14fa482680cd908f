import Outbound

/// What came of a post, as the posting process tells it.
struct PosterReport {
  typealias Outcome = Result<OutboundResponse, OutboundFailure>

  /// Headers of an answer that mean something to a sender of webhooks; the others stay behind.
  private static let passedOn = ["retry-after", "content-type"]

  /// That the process is there: the report on no post.
  static let ready = PosterReport(id: 0, outcome: .success(OutboundResponse(status: 0))).frame()

  /// Counted from 1.
  var id: UInt64
  var outcome: Outcome

  init(id: UInt64, outcome: Outcome) {
    self.id = id
    self.outcome = outcome
  }

  func frame() -> [UInt8] {
    var writer = FieldWriter()
    writer.put(id)
    switch outcome {
    case .success(let answer):
      writer.put(UInt8(1))
      writer.put(UInt16(clamping: answer.status))
      writer.put(UInt32(clamping: answer.milliseconds))
      writer.put(answer.dialledAddress ?? "")
      let headers = Self.passedOn.compactMap { name in answer.headers[name].map { (name, $0) } }
      writer.put(UInt8(headers.count))
      for (name, value) in headers {
        writer.put(name)
        writer.put(Array(value.utf8.prefix(PosterLimits.headerBytes)))
      }
      writer.put(UInt8(answer.isTruncated || answer.body.count > PosterLimits.responseBytes ? 1 : 0))
      writer.put(Array(answer.body.prefix(PosterLimits.responseBytes)))
    case .failure(let failure):
      writer.put(UInt8(0))
      writer.put(FailureKindCode.text(of: failure.kind))
      writer.put(UInt8(failure.neverLeft ? 1 : 0))
      writer.put(failure.dialledAddress ?? "")
      writer.put(Array(failure.message.utf8.prefix(512)))
    }
    return writer.frame()
  }

  init(_ body: [UInt8]) throws(FieldReader.Malformed) {
    var reader = FieldReader(body)
    id = try reader.number()
    switch try reader.number(UInt8.self) {
    case 1:
      var answer = OutboundResponse(status: Int(try reader.number(UInt16.self)))
      answer.milliseconds = Int(try reader.number(UInt32.self))
      answer.dialledAddress = Self.address(try reader.text(limit: 64))
      var fields: [(name: String, value: String)] = []
      for _ in 0..<(try reader.number(UInt8.self)) {
        fields.append((try reader.text(limit: 64), try reader.text(limit: PosterLimits.headerBytes)))
      }
      answer.headers = OutboundHeaders(fields)
      answer.isTruncated = try reader.number(UInt8.self) == 1
      answer.body = try reader.bytes(limit: PosterLimits.responseBytes)
      outcome = .success(answer)
    case 0:
      let kind = FailureKindCode.kind(of: try reader.text(limit: 64))
      let neverLeft = try reader.number(UInt8.self) == 1
      let address = Self.address(try reader.text(limit: 64))
      let message = try reader.text(limit: 512)
      guard let kind else { throw FieldReader.Malformed() }
      outcome = .failure(OutboundFailure(kind, neverLeft: neverLeft, message, dialledAddress: address))
    default: throw FieldReader.Malformed()
    }
    try reader.end()
  }

  private static func address(_ text: String) -> String? { text.isEmpty ? nil : text }
}
