import Contracts
import Crypto
import HTTP
import JSON
import MessagingRouterHarness
import Outbound
import Store
import Synchronization
import TestSupport
import Transport
import Wire

@testable import MessagingRouter

/// Meta's side of media: ids, addresses that end, bytes, uploads.
final class PlayedMedia: Sendable {
  struct Medium: Sendable {
    var bytes: [UInt8]
    var mimeType = "image/jpeg"
    /// As `GET /{media id}` tells it.
    var sha256: String?
    /// Addresses given so far; only the last one leads anywhere.
    var addresses = 0
    /// Said in `file_size`, whatever there is.
    var size: Int?
  }

  private struct State: Sendable {
    var media: [String: Medium] = [:]
    var tokens: [String] = []
    var uploads: [[UInt8]] = []
    var removals: [String] = []
    var refusal: Int?
    var acceptsMessages = false
  }

  private let state = Mutex(State())
  private let url: String

  /// Answers for `graph` from now on.
  init(_ graph: FakeServer) {
    url = graph.url
    graph.answering { self.answer($0) }
  }

  func add(_ id: String, _ bytes: [UInt8], mimeType: String = "image/jpeg", sha256: String? = nil, size: Int? = nil) {
    state.withLock {
      $0.media[id] = Medium(
        bytes: bytes, mimeType: mimeType, sha256: sha256 ?? Hex.encode(SHA256.hash(bytes)), size: size)
    }
  }

  /// An address of a medium as a webhook carries it.
  func address(_ id: String) -> String {
    let number = state.withLock { state -> Int in
      state.media[id]?.addresses += 1
      return state.media[id]?.addresses ?? 0
    }
    return "\(url)/cdn/\(id)/\(number)"
  }

  /// Every address given so far ends.
  func endAddresses(_ id: String) { state.withLock { $0.media[id]?.addresses += 1 } }

  /// Authorizations that came with requests for bytes.
  var tokens: [String] { state.withLock { $0.tokens } }
  /// Bodies of uploads.
  var uploads: [[UInt8]] { state.withLock { $0.uploads } }
  /// What was asked to be removed: Meta's id and the number's.
  var removals: [String] { state.withLock { $0.removals } }
  /// Removals are answered with this status from now on; nil does them.
  func refuseRemovals(_ status: Int?) { state.withLock { $0.refusal = status } }
  /// How many addresses of a medium were given.
  func addresses(_ id: String) -> Int { state.withLock { $0.media[id]?.addresses ?? 0 } }

  /// Messages are accepted beside.
  func acceptsMessages() { state.withLock { $0.acceptsMessages = true } }

  func answer(_ request: HTTPRequest) -> HTTPResponse {
    let parts = request.path.split(separator: "/").map(String.init)
    if parts.last == "messages", state.withLock({ $0.acceptsMessages }) { return MetaAnswers.accepted(request) }
    if request.method == "POST", parts.last == "media" {
      let count = state.withLock { state in
        state.uploads.append(request.body)
        return state.uploads.count
      }
      return json(200, "{\"id\":\"up-\(count)\"}")
    }
    if request.method == "DELETE", let id = parts.last {
      let number = request.queryItems()?.first { $0.name == "phone_number_id" }?.value ?? ""
      let refusal = state.withLock { state in
        state.removals.append("\(id) of \(number)")
        return state.refusal
      }
      return json(refusal ?? 200, refusal == nil ? #"{"success":true}"# : "{}")
    }
    if parts.first == "cdn", parts.count == 3 {
      return state.withLock { state in
        state.tokens.append(request.headers["Authorization"] ?? "")
        guard let medium = state.media[parts[1]], "\(medium.addresses)" == parts[2] else {
          return .text("gone", status: 404)
        }
        return HTTPResponse(status: 200, bytes: medium.bytes, contentType: medium.mimeType)
      }
    }
    guard parts.count == 2, let medium = state.withLock({ $0.media[parts[1]] }) else {
      return MetaAnswers.error(100, status: 404)
    }
    return json(
      200,
      """
      {"messaging_product":"whatsapp","url":"\(address(parts[1]))","mime_type":"\(medium.mimeType)",\
      "sha256":"\(medium.sha256 ?? "")","file_size":\(medium.size ?? medium.bytes.count),"id":"\(parts[1])"}
      """)
  }

  private func json(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(status: status, bytes: Array(text.utf8), contentType: "application/json")
  }
}

/// Bytes that are what they say.
enum SampleMedia {
  static let jpeg = [0xFF, 0xD8, 0xFF, 0xE0] + bytes(5_000)
  static let png = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + bytes(300)
  static let pdf = Array("%PDF-1.7\n".utf8) + bytes(900)

  /// The same every time.
  static func bytes(_ count: Int, seed: UInt32 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }
}

extension RunningRouter {
  /// Notes a medium as the inbox does, with a message that need not exist, and has it fetched.
  func note(
    _ metaMediaID: String, for sender: TestSender, url: String? = nil, sha256: String? = nil,
    mimeType: String? = "image/jpeg", filename: String? = nil, kind: String = "image", message: MessageID? = nil,
    at now: Int64
  ) async throws -> MediaID {
    let message = message ?? MessageID(trusted: "msg_" + ULID.make(milliseconds: now))
    let id = try await database.write { connection in
      try InboundMedia.note(
        message: message, account: sender.account, sender: sender.id, metaMediaID: metaMediaID, url: url,
        mimeType: mimeType, sha256: sha256, filename: filename, kind: kind, at: now, connection)
    }
    service.clockWasSet()
    return id
  }

  func media(_ id: MediaID, account: String = TestSender.account) async throws -> Media {
    try await caller.call(MessagingRouterAPI.GetMedia(id: id), account: account)
  }

  /// Waits until a medium has a state.
  func becomes(_ id: MediaID, _ state: Media.State, account: String = TestSender.account) async throws -> Media {
    try await eventually("\(id) is \(state)") { try await self.media(id, account: account).state == state }
    return try await media(id, account: account)
  }

  /// Waits until a try has failed with a code, and is to be repeated.
  func waits(_ id: MediaID, with code: String, tries: Int = 1) async throws {
    try await eventually("\(id) waits with \(code) after \(tries)") {
      try await self.text("SELECT error_code || ' ' || attempts || ' ' || state FROM media WHERE id = '\(id)'") == [
        "\(code) \(tries) waiting"
      ]
    }
  }
}

extension MessagingRouterHarness {
  var mediaFolder: String { files.dataDirectory(.messagingRouter) + "/media" }

  /// The names of the files kept.
  func mediaFiles() throws -> [String] {
    let files = try MediaFiles.names(below: mediaFolder)
    return files.sorted()
  }
}

extension OutboundResponse {
  /// The `code` of a problem.
  var problemCode: String? { (try? JSONDocument(parsing: body))?.root["code"]?.string }
}
