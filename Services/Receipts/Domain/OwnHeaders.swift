import Contracts

/// The headers a customer may add to its deliveries.
enum OwnHeaders {
  static let most = 20
  static let nameLength = 64
  static let valueLength = 1024

  /// Ours, or only meaningful between two hops (RFC 9110 §7.6.1).
  private static let reserved: Set<String> = [
    "accept-encoding", "connection", "content-encoding", "content-length", "content-type", "cookie", "expect", "host",
    "keep-alive", "te", "traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent",
  ]
  private static let prefixes = ["proxy-", "webhook-", "x-signature-256"]

  static func isReserved(_ name: String) -> Bool {
    let name = name.lowercased()
    return reserved.contains(name) || prefixes.contains { name.hasPrefix($0) }
  }

  /// The headers as they are stored. One without a value keeps that of `known`.
  static func parse(_ headers: [WebhookHeader], known: [WebhookHeader]) throws(FieldRefusal) -> [WebhookHeader] {
    guard headers.count <= most else {
      throw FieldRefusal(
        "HEADERS_OUT_OF_RANGE", "headers has at most \(most) entries: leave some out", field: "headers")
    }
    var names: Set<String> = []
    var parsed: [WebhookHeader] = []
    for (index, header) in headers.enumerated() {
      let place = "headers[\(index)]"
      try check(name: header.name, "\(place).name")
      guard names.insert(header.name.lowercased()).inserted else {
        throw FieldRefusal(
          "HEADER_REPEATED",
          "\(place).name: \(header.name) is there already, and names are the same in upper and lower "
            + "case: put the values into one header", field: "\(place).name")
      }
      let earlier = known.first { $0.name.lowercased() == header.name.lowercased() }?.value
      guard let value = header.value ?? earlier else {
        throw FieldRefusal(
          "HEADER_VALUE_REQUIRED", "\(place).value is missing, and there is no earlier value to keep: add one",
          field: "\(place).value")
      }
      try check(value: value, "\(place).value")
      parsed.append(WebhookHeader(name: header.name, value: value))
    }
    return parsed
  }

  private static func check(name: String, _ field: String) throws(FieldRefusal) {
    guard (1...nameLength).contains(name.utf8.count), name.utf8.allSatisfy(isTokenByte) else {
      throw FieldRefusal(
        "HEADER_INVALID",
        "\(field) has 1 to \(nameLength) letters, digits or !#$%&'*+-.^_`|~ and no spaces: such as X-Api-Key",
        field: field)
    }
    guard !isReserved(name) else {
      throw FieldRefusal(
        "HEADER_RESERVED", "\(field): \(name) is set by the platform or the connection: choose a name of your own",
        field: field)
    }
  }

  private static func check(value: String, _ field: String) throws(FieldRefusal) {
    // A line break would begin a header of its own.
    guard (1...valueLength).contains(value.utf8.count), value.utf8.allSatisfy({ (0x20...0x7e).contains($0) }),
      value.first != " ", value.last != " "
    else {
      throw FieldRefusal(
        "HEADER_INVALID",
        "\(field) has 1 to \(valueLength) visible ASCII characters, no line breaks and no spaces around it",
        field: field)
    }
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}
