import Crypto
import HTTP
import JSON
import Synchronization

/// Serves the API description. It is made when somebody asks for the first time: a service that nobody asks keeps its
/// memory. Then it is kept, since anybody may ask and making it takes a while.
final class OpenAPIPage: Sendable {
  private struct Made {
    let bytes: [UInt8]
    let tag: String
  }

  private let made = Mutex<Made?>(nil)

  func answer(_ request: RawRequest) async throws -> HTTPResponse {
    let page = try await page()
    var response =
      RESTConditions.isKnown(page.tag, to: request.http)
      ? HTTPResponse(status: 304)
      : HTTPResponse(status: 200, bytes: page.bytes, contentType: "application/json")
    response.headers.set("ETag", page.tag)
    response.headers.set("Cache-Control", "public, max-age=300")
    return response
  }

  private func page() async throws -> Made {
    if let made = made.withLock({ $0 }) { return made }
    let bytes = try JSONCoder.encode(await OpenAPIDocument.make().value)
    let tag = Hex.encode(Array(SHA256.hash(bytes).prefix(8)))
    let new = Made(bytes: bytes, tag: "\"\(tag)\"")
    // Two who ask at once both make it; it comes out the same.
    made.withLock { $0 = new }
    return new
  }
}
