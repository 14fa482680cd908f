import Crypto
import Glibc

/// The body of an upload to Meta: the form's fields, then the file (RFC 7578), in a file of its own, so that a large one
/// is never in memory whole.
enum MultipartFile {
  private static let piece = 256 << 10

  /// Writes it to `path` and answers the boundary. Blocks as the disk does.
  static func write(_ file: StoredFile, type: String, name: String, to path: String) throws(MediaFileFailure) -> String
  {
    // Random: that it occurs in the file is out of the question.
    let boundary = "wss-" + Hex.encode(RandomBytes.make(16))
    let out = try IncomingFile(path: path, limit: .max, leastFree: 0)
    var head = field("messaging_product", "whatsapp", boundary) + field("type", type, boundary)
    head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(quoted(name))\"\r\n"
    head += "Content-Type: \(type)\r\n\r\n"
    try append(Array(head.utf8), to: out)
    var place = 0
    while place < file.bytes {
      let bytes = try file.read(place..<min(place + piece, file.bytes))
      guard !bytes.isEmpty else { throw .system(EIO) }
      try append(bytes, to: out)
      place += bytes.count
    }
    try append(Array("\r\n--\(boundary)--\r\n".utf8), to: out)
    _ = try out.complete()
    return boundary
  }

  private static func append(_ bytes: [UInt8], to out: IncomingFile) throws(MediaFileFailure) {
    guard out.write(bytes) else { throw out.failure ?? .system(EIO) }
  }

  private static func field(_ name: String, _ value: String, _ boundary: String) -> String {
    "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
  }

  /// What would end the name, or the line, is replaced.
  private static func quoted(_ name: String) -> String {
    let text = MediaName.safe(name)
    return text.isEmpty ? "file" : text
  }
}
