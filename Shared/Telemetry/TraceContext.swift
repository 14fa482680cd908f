/// Which request a piece of work belongs to, across services: W3C Trace Context, level 1.
package struct TraceContext: Sendable, Hashable {
  private let traceHigh: UInt64
  private let traceLow: UInt64
  private let span: UInt64
  private let flags: UInt8

  /// The context of the running task, for log lines and outgoing calls.
  @TaskLocal package static var current: TraceContext?

  /// Reads a `traceparent`; nil when it is not one to the letter. A version above 00 may be longer, as
  /// the recommendation asks; its first four parts are used.
  package init?(traceparent: String) {
    let bytes = Array(traceparent.utf8)
    let dash = UInt8(ascii: "-")
    guard bytes.count >= 55, bytes.count <= 512, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
      let version = Self.hex(bytes[0..<2]), version != 0xFF, let high = Self.hex(bytes[3..<19]),
      let low = Self.hex(bytes[19..<35]), let span = Self.hex(bytes[36..<52]), let flags = Self.hex(bytes[53..<55])
    else { return nil }
    if version == 0 && bytes.count != 55 { return nil }
    if bytes.count > 55 && bytes[55] != dash { return nil }
    if (high == 0 && low == 0) || span == 0 { return nil }
    self.init(high, low, span, UInt8(flags) & 1)
  }

  private init(_ traceHigh: UInt64, _ traceLow: UInt64, _ span: UInt64, _ flags: UInt8) {
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    self.span = span
    self.flags = flags
  }

  /// The start of a new trace, sampled.
  package static func make() -> TraceContext {
    TraceContext(.random(in: 1 ... .max), .random(in: 0 ... .max), .random(in: 1 ... .max), 1)
  }

  /// The same trace, one step deeper.
  package func child() -> TraceContext {
    TraceContext(traceHigh, traceLow, .random(in: 1 ... .max), flags)
  }

  /// The header's spelling: `00-<trace>-<span>-<flags>`.
  package var traceparent: String { "00-\(traceID)-\(spanID)-\(Self.spell(UInt64(flags), 2))" }

  /// 32 hex digits: what every log line of one request shares.
  package var traceID: String { Self.spell(traceHigh, 16) + Self.spell(traceLow, 16) }

  /// 16 hex digits: this step.
  package var spanID: String { Self.spell(span, 16) }

  private static func spell(_ value: UInt64, _ count: Int) -> String {
    let hex = String(value, radix: 16)
    return String(repeating: "0", count: max(0, count - hex.count)) + hex
  }

  /// Lower-case only, as the recommendation says; upper-case is refused.
  private static func hex(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return value
  }
}

extension TraceContext: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let context = TraceContext(traceparent: try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a W3C traceparent")
    }
    self = context
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(traceparent)
  }
}
