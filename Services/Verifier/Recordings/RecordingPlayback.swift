import Contracts
import Crypto
import HTTP
import Store
import Synchronization
import Telemetry
import Workers

/// Plays a recording to whoever has a link to it. The link is all: no API key, no account.
struct RecordingPlayback: Sendable {
  /// Recordings in memory at once, each up to four megabytes, until the last byte has left.
  static let places = 16

  let database: Database
  let keyring: SealingKeyring
  let links: ListeningLinks
  let clock: WallClock
  let log: Log
  private let taken = Places()

  init(database: Database, keyring: SealingKeyring, links: ListeningLinks, clock: WallClock, log: Log) {
    self.database = database
    self.keyring = keyring
    self.links = links
    self.clock = clock
    self.log = log
  }

  /// Adds the path of the links.
  func register(_ routes: inout HTTPRoutes) {
    routes.on("GET", ListeningLinks.pattern) { request in
      var response = await self.play(request)
      // Nothing of a link goes further: not into a cache, not to another site, not into a guess about its type.
      response.headers.set("Cache-Control", "private, no-store")
      response.headers.set("Referrer-Policy", "no-referrer")
      response.headers.set("X-Content-Type-Options", "nosniff")
      return response
    }
  }

  private func play(_ request: HTTPRequest) async -> HTTPResponse {
    let verdict = links.verdict(
      id: request.pathParameters["id"] ?? "", query: request.queryItems() ?? [], now: clock.now)
    switch verdict {
    case .invalid:
      return .problem(403, code: "LINK_INVALID", detail: "This is not a link of ours: list the recordings again.")
    case .expired:
      return .problem(
        403, code: "LINK_EXPIRED", detail: "The link has expired: list the recordings again for a new one.")
    case .valid(let id):
      guard taken.take() else {
        return .problem(
          503, code: "TOO_MANY_LISTENERS", detail: "Too many recordings are being played now: try again shortly.",
          headers: ["Retry-After": "1"])
      }
      return await play(id, request)
    }
  }

  /// A place is taken; it is given back with the last byte, or here.
  private func play(_ id: RecordingID, _ request: HTTPRequest) async -> HTTPResponse {
    let audio: [UInt8]
    do {
      guard let sealed = try await database.read({ try $0.sound(of: id) }) else {
        taken.giveBack()
        return .problem(410, code: "RECORDING_GONE", detail: "The recording has been deleted.")
      }
      audio = try await OffLoop.run { [keyring] in
        try keyring.open(sealed, binding: RecordingRow.audioBinding(id)).bytes
      }
    } catch {
      taken.giveBack()
      log.error("recording.not_played", ["recording": .string(id.text), "error": .failure(error)])
      return .problem(500, code: "INTERNAL", detail: "The recording cannot be read now.")
    }
    return answer(audio, id, request)
  }

  private func answer(_ audio: [UInt8], _ id: RecordingID, _ request: HTTPRequest) -> HTTPResponse {
    let tag = "\"\(id)\""
    var headers: HTTPHeaders = [
      "Content-Type": "audio/wav", "Content-Disposition": "inline; filename=\"\(id).wav\"", "Accept-Ranges": "bytes",
      "ETag": tag,
    ]
    switch ByteRange(request, tag: tag, length: audio.count) {
    case .whole:
      return HTTPResponse(status: 200, headers: headers, body: stream(audio, 0..<audio.count))
    case .part(let part):
      headers.set("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(audio.count)")
      return HTTPResponse(status: 206, headers: headers, body: stream(audio, part))
    case .unsatisfiable:
      taken.giveBack()
      return .problem(
        416, code: "RANGE_NOT_SATISFIABLE", detail: "The recording has \(audio.count) bytes.",
        headers: ["Content-Range": "bytes */\(audio.count)"])
    }
  }

  private func stream(_ audio: [UInt8], _ part: Range<Int>) -> HTTPResponse.Body {
    let rest = Pieces(part)
    return .stream(
      HTTPBodyStream(length: part.count, onClose: { [taken] in taken.giveBack() }) {
        rest.next().map { Array(audio[$0]) }
      })
  }

  /// What is still to be sent, in pieces that a slow client can take.
  private final class Pieces: Sendable {
    private static let size = 64 << 10
    private let rest: Mutex<Range<Int>>

    init(_ whole: Range<Int>) { rest = Mutex(whole) }

    func next() -> Range<Int>? {
      rest.withLock { rest in
        if rest.isEmpty { return nil }
        let piece = rest.prefix(Self.size)
        rest = piece.endIndex..<rest.upperBound
        return piece.startIndex..<piece.endIndex
      }
    }
  }

  /// How many recordings are in memory.
  private final class Places: Sendable {
    private let count = Mutex(0)

    func take() -> Bool {
      count.withLock { count in
        if count >= RecordingPlayback.places { return false }
        count += 1
        return true
      }
    }

    func giveBack() { count.withLock { $0 -= 1 } }
  }
}
