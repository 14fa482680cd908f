import Crypto
import HTTP
import JSON
import Synchronization
import Telemetry

/// Graph's calls about media, and the host that has their bytes.
struct MediaDoor: Sendable {
  /// The path of the host; Meta's is another name of its own.
  static let host = "/whatsapp_business/attachments"
  /// Room for a document and the fields around it.
  static let bodyLimit = 101 << 20

  let graph: MetaGraph
  let faults: FaultBook
  /// Where the sandbox is reached: addresses begin with it.
  let baseURL: String

  private var shelf: MediaShelf { graph.media }

  /// Nil for a request that is none of its own.
  func answer(_ request: HTTPRequest) async -> HTTPResponse? {
    if request.path == Self.host { return await pass("graph.media_host") { bytes(request) } }
    let all = request.path.split(separator: "/").map(String.init)
    let segments = all.first.map(GraphDoor.isVersion) == true ? Array(all.dropFirst()) : all
    if request.method == "POST", segments.count == 2, segments[1] == "media" {
      return await pass("graph.media_upload") { reply { () throws(GraphError) in try upload(request, segments[0]) } }
    }
    guard segments.count == 1, let medium = shelf.medium(segments[0]) else { return nil }
    switch request.method {
    case "GET":
      return await pass("graph.media") { reply { () throws(GraphError) in try read(request, segments[0], medium) } }
    case "DELETE":
      return await pass("graph.media_delete") {
        reply { () throws(GraphError) in
          try check(request)
          _ = shelf.remove(segments[0])
          return ["success": true]
        }
      }
    default: return nil
    }
  }

  private func pass(_ door: String, _ work: @Sendable () -> HTTPResponse) async -> HTTPResponse {
    graph.count("MEDIA", door)
    return await Door(name: door, faults: faults).pass(
      work: { work() }, refusal: { HTTPResponse(GraphReply(GraphDoor.error(of: $0))) })
  }

  private func reply(_ body: () throws(GraphError) -> JSONValue) -> HTTPResponse {
    do throws(GraphError) { return HTTPResponse(GraphReply(try body())) } catch {
      return HTTPResponse(GraphReply(error))
    }
  }

  // MARK: Calls

  private func read(
    _ request: HTTPRequest, _ id: String, _ medium: MediaShelf.Medium
  ) throws(GraphError) -> JSONValue {
    try check(request)
    let asked = request.queryItems()?.first { $0.name == "phone_number_id" }?.value
    if let owner = medium.numberID, let asked, asked != owner { throw GraphError.unknownObject("get", id) }
    return [
      "messaging_product": "whatsapp", "url": .string(url(id) ?? ""), "mime_type": .string(medium.mimeType),
      "sha256": .string(Hex.encode(medium.sha256)), "file_size": .integer(medium.bytes.count), "id": .string(id),
    ]
  }

  private func upload(_ request: HTTPRequest, _ numberID: String) throws(GraphError) -> JSONValue {
    let token = try check(request)
    guard graph.state.withLock({ $0.number(numberID, for: token) }) != nil else {
      throw GraphError.unknownObject("post", numberID)
    }
    guard let form = MediaForm(request) else { throw GraphError.missing("file") }
    guard form.fields["messaging_product"] == "whatsapp" else { throw GraphError.missing("messaging_product") }
    guard let bytes = form.file, let type = form.fields["type"] ?? form.fileType else {
      throw GraphError.missing("type")
    }
    let medium = MediaShelf.Medium(
      bytes: bytes, mimeType: type, filename: form.filename, numberID: numberID, sha256: SHA256.hash(bytes),
      sent: bytes.count)
    guard let id = shelf.add(medium) else { throw GraphError.ordered(4, Fault.Parameters(details: "too many media")) }
    return ["id": .string(id)]
  }

  /// A new address of a medium.
  func url(_ id: String) -> String? {
    shelf.address(id, now: graph.clock.now).map { "\(baseURL)\(Self.host)?mid=\(id)&sig=\($0)" }
  }

  @discardableResult
  private func check(_ request: HTTPRequest) throws(GraphError) -> MetaToken {
    let header = request.headers["authorization"] ?? ""
    let text = header.hasPrefix("Bearer ") ? String(header.dropFirst(7)) : nil
    let now = graph.clock.now
    return try graph.locked { (state) throws(GraphError) in try state.token(text, now: now) }
  }

  // MARK: Bytes

  private func bytes(_ request: HTTPRequest) -> HTTPResponse {
    let query = Dictionary(request.queryItems()?.map { ($0.name, $0.value) } ?? []) { first, _ in first }
    do throws(GraphError) { try check(request) } catch { return HTTPResponse(GraphReply(error)) }
    guard let medium = shelf.medium(query["mid"] ?? "", at: query["sig"] ?? "", now: graph.clock.now) else {
      return HTTPResponse(status: 404)
    }
    if medium.sent == medium.bytes.count {
      return HTTPResponse(status: 200, bytes: medium.bytes, contentType: medium.mimeType)
    }
    let piece = medium.bytes
    // Without a length: nobody is told beforehand how much will come.
    let rest = Rest(medium.sent)
    return HTTPResponse(
      status: 200, headers: ["Content-Type": medium.mimeType],
      body: .stream(HTTPBodyStream { rest.take(piece.count) ? piece : nil }))
  }

  /// What is still to be sent.
  private final class Rest: Sendable {
    private let left: Mutex<Int>

    init(_ count: Int) { left = Mutex(count) }

    func take(_ count: Int) -> Bool {
      left.withLock { left in
        if left <= 0 { return false }
        left -= count
        return true
      }
    }
  }
}
