import Crypto

/// A `multipart/form-data` body (RFC 7578), as a form with one file makes it.
struct MultipartForm {
  private let boundary: String
  private var bytes: [UInt8] = []

  /// 128 random bits: no part holds them by chance, and nobody outside knows them in time.
  init(boundary: String = "wss-" + Hex.encode(RandomBytes.make(16))) { self.boundary = boundary }

  /// `name` is a constant of the program.
  mutating func add(_ name: String, _ value: String) { part(name, "", Array(value.utf8)) }

  /// `name` and `fileName` are constants of the program.
  mutating func add(_ name: String, fileName: String, type: String, _ content: [UInt8]) {
    part(name, "; filename=\"\(fileName)\"\r\nContent-Type: \(type)", content)
  }

  var contentType: String { "multipart/form-data; boundary=\(boundary)" }

  /// The whole body.
  var body: [UInt8] { bytes + Array("--\(boundary)--\r\n".utf8) }

  private mutating func part(_ name: String, _ rest: String, _ content: [UInt8]) {
    precondition(!(name + rest).contains("\0") && !name.contains("\""), "a field's name cannot be written")
    bytes += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(rest)\r\n\r\n".utf8)
    bytes += content
    bytes += [0x0D, 0x0A]
  }
}
