import Contracts
import JSON
import Outbound
import TestSupport
import Testing

extension Story {
  /// A picture that the business uploads, looks at, and removes; another one stays.
  func uploadMedia(of shop: Shop) async throws {
    let media = try await upload(TestImage.png(20, 10), "image/png", of: shop)
    let answer = try await fetch(try await call("GET", "/v1/media/\(media)")["url"]?.string ?? "")
    #expect(answer.body == TestImage.png(20, 10))
    try await call("DELETE", "/v1/media/\(media)")
    #expect(try await call("GET", "/v1/media/\(media)")["state"] == "expired")
    _ = try await upload(TestImage.png(10, 20), "image/png", of: shop)
  }

  /// Announces a file and sends its bytes; the medium's id.
  func upload(_ bytes: [UInt8], _ mimeType: String, of shop: Shop) async throws -> String {
    let announced = try await call(
      "POST", "/v1/media", ["sender_id": .string(shop.sender), "mime_type": .string(mimeType)])
    let sent = try await fetch(announced["upload_url"]?.string ?? "", method: "PUT", body: bytes)
    #expect(sent.status == 200)
    return announced["id"]?.string ?? ""
  }

  /// Uses a link, without a key.
  func fetch(_ link: String, method: String = "GET", body: [UInt8] = []) async throws -> OutboundResponse {
    let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    defer { http.close() }
    var request = OutboundRequest(method: method, url: link, body: body)
    request.limits = OutboundLimits(head: .seconds(20), whole: .seconds(30), responseBytes: 32 << 20)
    return try await http.send(request)
  }
}
