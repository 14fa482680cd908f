import HTTP

/// The form of an upload (RFC 7578), as far as Meta's has fields.
struct MediaForm {
  private(set) var fields: [String: String] = [:]
  private(set) var file: [UInt8]?
  private(set) var fileType: String?
  private(set) var filename: String?

  /// Nil for a body that is no such form.
  init?(_ request: HTTPRequest) {
    let type = request.headers["content-type"] ?? ""
    guard type.lowercased().hasPrefix("multipart/form-data"), let place = type.firstRange(of: "boundary=") else {
      return nil
    }
    let boundary = type[place.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }
    let mark = Array("\r\n--\(boundary)".utf8)
    // The first boundary has no line end before it.
    let body = Array("\r\n".utf8) + request.body
    var next = Self.find(mark, in: body, from: 0)
    while let start = next, let end = Self.find(mark, in: body, from: start + mark.count) {
      take(body[(start + mark.count)..<end])
      next = end
    }
    if file == nil, fields.isEmpty { return nil }
  }

  private mutating func take(_ part: ArraySlice<UInt8>) {
    guard let end = Self.find(Array("\r\n\r\n".utf8), in: Array(part.prefix(4_096)), from: 0) else { return }
    let head = String(decoding: part.prefix(end), as: UTF8.self)
    let content = Array(part.dropFirst(end + 4))
    guard let name = Self.quoted("name", in: head) else { return }
    guard name == "file" else {
      fields[name] = String(decoding: content, as: UTF8.self)
      return
    }
    file = content
    filename = Self.quoted("filename", in: head)
    fileType = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-type:") }
      .map { String($0.dropFirst(13).drop { $0 == " " }) }
  }

  private static func quoted(_ name: String, in head: String) -> String? {
    guard let place = head.firstRange(of: " \(name)=\"") else { return nil }
    return String(head[place.upperBound...].prefix { $0 != "\"" })
  }

  private static func find(_ mark: [UInt8], in body: [UInt8], from start: Int) -> Int? {
    guard let first = mark.first, start + mark.count <= body.count else { return nil }
    return (start...(body.count - mark.count)).first { place in
      body[place] == first && body[place..<(place + mark.count)].elementsEqual(mark)
    }
  }
}
