package import Crypto
import JSON

extension GraphClient {
  /// Begins a resumable upload and answers its id (`upload:…`). A lost answer costs nothing: a session that nobody
  /// knows ends by itself, and another one is begun.
  package func startUpload(
    appID: String, fileName: String, length: Int, contentType: String, token: Secret
  ) async throws(GraphFailure) -> String {
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(appID))/uploads",
      query: [("file_name", fileName), ("file_length", String(length)), ("file_type", contentType)], token: token)
    guard let id = document.root["id"]?.string, Self.isUploadID(id) else { throw .unknown("the answer has no id") }
    return id
  }

  /// Sends a file's bytes from `offset` on and answers the handle. After a lost answer `uploadOffset` says where to
  /// go on.
  package func upload(
    _ bytes: [UInt8], to id: String, offset: Int, token: Secret
  ) async throws(GraphFailure) -> String {
    guard Self.isUploadID(id) else { throw .unknown("no id of an upload") }
    let document = try await call(
      "POST", "/" + id, token: token, body: bytes, contentType: "application/octet-stream", scheme: "OAuth",
      headers: [("file_offset", String(offset))])
    guard let handle = document.root["h"]?.string, !handle.isEmpty else { throw .unknown("the answer has no handle") }
    return handle
  }

  /// How many bytes of an upload have arrived.
  package func uploadOffset(_ id: String, token: Secret) async throws(GraphFailure) -> Int {
    guard Self.isUploadID(id) else { throw .unknown("no id of an upload") }
    let document = try await call("GET", "/" + id, token: token, scheme: "OAuth", mayRepeat: true)
    guard let offset = document.root["file_offset"]?.int64.flatMap({ Int(exactly: $0) }), offset >= 0 else {
      throw .unknown("the answer has no file_offset")
    }
    return offset
  }

  /// It becomes part of a URL as it is, its query included; so only what Meta's ids are made of passes.
  static func isUploadID(_ id: String) -> Bool {
    id.hasPrefix("upload:") && (8...1_024).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: ":-_.=~?&%+".utf8.contains(byte)
        }
      }
  }
}
