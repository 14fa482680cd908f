package import Crypto
import JSON
package import Outbound

/// Media of messages (facts: media and uploads).
extension GraphClient {
  /// Where the bytes of a medium are. The number is the one it was sent to: Meta refuses others then.
  package func media(_ id: String, phoneNumberID: String, token: Secret) async throws(GraphFailure) -> GraphMedia {
    let document = try await call(
      "GET", "/" + PercentEncoding.encode(id), query: [("phone_number_id", phoneNumberID)], token: token,
      mayRepeat: true)
    guard let url = document.root["url"]?.string, !url.isEmpty else { throw .unknown("the answer has no url") }
    let size = document.root["file_size"]
    return GraphMedia(
      url: url, mimeType: document.root["mime_type"]?.string, sha256: document.root["sha256"]?.string,
      bytes: (size?.int64 ?? size?.string.flatMap { Int64($0) }).flatMap { Int(exactly: $0) })
  }

  /// Gives the bytes at `url` to `write` as they come, and answers the HTTP status; of any other than 2xx nothing is
  /// written. The caller has made sure that the URL's host may have the token. A redirect is an answer like any other.
  package func download(
    _ url: String, token: Secret, within time: Duration, write: @escaping @Sendable ([UInt8]) -> Bool
  ) async throws(OutboundFailure) -> Int {
    var request = OutboundRequest(method: "GET", url: url)
    if let text = token.string { request.headers.append(("Authorization", "Bearer " + text)) }
    request.limits = OutboundLimits(head: .seconds(20), whole: time, responseBytes: 4 << 10)
    return try await http.download(request, write: write).status
  }

  /// Uploads a file for a number; `form` is the path of the whole multipart body. Answers Meta's id, which lives for 30
  /// days. Sent twice it makes two media: no harm.
  package func uploadMedia(
    form: String, boundary: String, phoneNumberID: String, token: Secret, within time: Duration
  ) async throws(GraphFailure) -> String {
    var request = OutboundRequest(
      method: "POST",
      url: "\(settings.baseURL)/\(settings.version)/\(PercentEncoding.encode(phoneNumberID))/media",
      headers: [("Accept", "application/json"), ("Content-Type", "multipart/form-data; boundary=\(boundary)")])
    if let text = token.string { request.headers.append(("Authorization", "Bearer " + text)) }
    request.bodyFile = form
    request.limits = OutboundLimits(head: time, whole: time, responseBytes: settings.limits.responseBytes)
    let response: OutboundResponse
    do throws(OutboundFailure) {
      response = try await http.send(request)
    } catch {
      throw error.neverLeft ? .notSent(error) : .unknown(error.message)
    }
    guard let id = try read(response).root["id"]?.string, !id.isEmpty else { throw .unknown("the answer has no id") }
    return id
  }

  /// Removes a medium at Meta.
  package func deleteMedia(_ id: String, phoneNumberID: String, token: Secret) async throws(GraphFailure) {
    _ = try await call(
      "DELETE", "/" + PercentEncoding.encode(id), query: [("phone_number_id", phoneNumberID)], token: token)
  }
}
