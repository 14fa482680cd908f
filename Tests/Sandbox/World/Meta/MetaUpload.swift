import Crypto

/// A resumable upload: bytes that arrive in pieces, and the handle they become.
struct MetaUpload: Sendable {
  let type: String
  let length: Int
  var bytes: [UInt8] = []
  /// Given once everything is there.
  var handle: String?
}

/// Uploads and the pictures made of them.
extension MetaState {
  /// Uploads that may be open at once.
  static let uploadLimit = 200

  /// The longest file of each type: pictures, and what else a template's header shows.
  static let uploadBytes = [
    "image/png": 5 << 20, "image/jpeg": 5 << 20, "image/jpg": 5 << 20, "video/mp4": 16 << 20,
    "application/pdf": 16 << 20,
  ]

  mutating func startUpload(type: String, length: Int) throws(GraphError) -> String {
    guard let most = Self.uploadBytes[type] else { throw GraphError.invalid("file_type", "not a supported type") }
    guard (1...most).contains(length) else { throw GraphError.invalid("file_length", "between 1 and \(most)") }
    if uploads.count >= Self.uploadLimit {
      throw GraphError.ordered(4, Fault.Parameters(details: "too many uploads"))
    }
    let id = "upload:MTphdHRhY2htZW50Og" + Base64.encodeURLSafe(RandomBytes.make(18))
    uploads[id] = MetaUpload(type: type, length: length)
    return id
  }

  /// Adds bytes at their place; the handle once all are there.
  mutating func upload(_ bytes: [UInt8], to id: String, offset: Int) throws(GraphError) -> String? {
    guard var upload = uploads[id] else { throw GraphError.unknownObject("post", id) }
    guard offset == upload.bytes.count else {
      throw GraphError.invalid("file_offset", "\(upload.bytes.count) bytes have arrived, not \(offset)")
    }
    guard upload.bytes.count + bytes.count <= upload.length else {
      throw GraphError.invalid("file_length", "more bytes than the \(upload.length) that were announced")
    }
    upload.bytes += bytes
    if upload.bytes.count == upload.length, upload.handle == nil {
      upload.handle = "4::" + Base64.encodeURLSafe(RandomBytes.make(24))
    }
    uploads[id] = upload
    return upload.handle
  }

  /// The picture behind a handle.
  func picture(_ handle: String) throws(GraphError) -> [UInt8] {
    guard let upload = uploads.values.first(where: { $0.handle == handle }) else {
      throw GraphError.invalid("profile_picture_handle", "not the handle of a finished upload")
    }
    return upload.bytes
  }
}
