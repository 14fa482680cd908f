/// Builds one log line: a JSON object of known keys first, then the event's own fields, then a newline.
struct LogLine {
  /// A field's text is cut here: a line must not carry a whole body by accident.
  static let textLimit = 2_048
  private static let reserved: Set<String> = ["time", "level", "service", "event", "trace_id"]
  private(set) var bytes: [UInt8] = []

  init(time: Int64, level: Log.Level, service: String, event: String, trace: String?) {
    bytes.reserveCapacity(256)
    bytes += "{\"time\":\"".utf8
    RFC3339.append(milliseconds: time, to: &bytes)
    bytes += "\",\"level\":\"".utf8
    bytes += level.rawValue.utf8
    bytes.append(UInt8(ascii: "\""))
    field("service", service)
    field("event", event)
    if let trace { field("trace_id", trace) }
  }

  mutating func add(_ name: String, _ value: LogValue, _ redactor: Redactor) {
    let name = Self.reserved.contains(name) ? "field_" + name : name
    switch value {
    case .string(let text): field(name, text)
    case .redacted(let text): field(name, redactor.mark(text))
    case .int(let number): plain(name, String(number))
    case .double(let number): plain(name, number.isFinite ? String(number) : "null")
    case .bool(let flag): plain(name, flag ? "true" : "false")
    case .null: plain(name, "null")
    }
  }

  mutating func finish() { bytes += "}\n".utf8 }

  private mutating func plain(_ name: String, _ value: String) {
    key(name)
    bytes += value.utf8
  }

  private mutating func field(_ name: String, _ text: String) {
    key(name)
    string(text)
  }

  private mutating func key(_ name: String) {
    bytes.append(UInt8(ascii: ","))
    string(name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    let utf8 = text.utf8
    if utf8.count <= Self.textLimit && utf8.allSatisfy(Self.isPlain) {
      bytes += utf8
    } else {
      escaped(text)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Printable ASCII that JSON takes as it is: nearly every text of ours.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  private mutating func escaped(_ text: String) {
    var room = Self.textLimit
    for scalar in text.unicodeScalars {
      room -= UTF8.width(scalar)
      if room < 0 {
        bytes += "…".utf8
        return
      }
      append(scalar)
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": bytes += "\\\"".utf8
    case "\\": bytes += "\\\\".utf8
    case "\n": bytes += "\\n".utf8
    case "\r": bytes += "\\r".utf8
    case "\t": bytes += "\\t".utf8
    case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
      // C1 controls too: a terminal that shows the log must not obey what a customer wrote.
      let hex = String(scalar.value, radix: 16)
      bytes += "\\u".utf8
      bytes += String(repeating: "0", count: 4 - hex.count).utf8
      bytes += hex.utf8
    default: bytes += String(scalar).utf8
    }
  }
}
