import Contracts
import HTTP
import Store
import Synchronization
import Telemetry
import Workers

/// Gives the bytes of a medium to whoever has a link to it. The link is all: no API key, no account.
struct MediaDownloads: Sendable {
  /// Media given out at the same time.
  static let places = 64
  /// Bytes of a piece that a slow client can take.
  private static let piece = 128 << 10

  let database: Database
  let files: MediaFiles
  let links: MediaLinks
  let clock: WallClock
  let log: Log
  private let taken = Places(MediaDownloads.places)

  init(database: Database, files: MediaFiles, links: MediaLinks, clock: WallClock, log: Log) {
    self.database = database
    self.files = files
    self.links = links
    self.clock = clock
    self.log = log
  }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    var response = await give(request)
    // Nothing of a link goes further: not into a cache, not to another site, not into a guess about its type. What
    // people sent must not act in our name either, whatever a browser takes it for.
    response.headers.set("Cache-Control", "private, no-store")
    response.headers.set("Referrer-Policy", "no-referrer")
    response.headers.set("X-Content-Type-Options", "nosniff")
    response.headers.set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'")
    response.headers.set("Cross-Origin-Resource-Policy", "cross-origin")
    return response
  }

  private func give(_ request: HTTPRequest) async -> HTTPResponse {
    let judged = links.verdict(
      id: request.pathParameters["id"] ?? "", for: .get, query: request.queryItems() ?? [], now: clock.now)
    switch judged {
    case .some((_, .invalid)), nil: return .linkInvalid
    case .some((_, .expired)): return .linkExpired
    case .some((let id, .valid)):
      guard taken.take() else {
        return .problem(
          503, code: "TOO_MANY_DOWNLOADS", detail: "Too many media are being read now: try again shortly.",
          headers: ["Retry-After": "1"])
      }
      return await give(id, request)
    }
  }

  /// A place is taken; it is given back with the last byte, or here.
  private func give(_ id: MediaID, _ request: HTTPRequest) async -> HTTPResponse {
    do {
      guard let row = try await database.read({ try MediaRow.find(id: id, $0) }), row.state == .available,
        let sha256 = row.sha256
      else {
        taken.giveBack()
        return .problem(410, code: "MEDIA_GONE", detail: "The bytes are not here any more, or not yet.")
      }
      guard let file = try await OffLoop.run({ [files] in files.open(sha256) }) else {
        taken.giveBack()
        log.error("media.file_missing", ["media": .string(id.text)])
        return .problem(410, code: "MEDIA_GONE", detail: "The bytes have been lost.")
      }
      return answer(file, row, tag: "\"\(sha256)\"", request)
    } catch {
      taken.giveBack()
      log.error("media.not_given", ["media": .string(id.text), "error": .failure(error)])
      return .problem(500, code: "INTERNAL", detail: "The medium cannot be read now.")
    }
  }

  private func answer(_ file: StoredFile, _ row: MediaRow, tag: String, _ request: HTTPRequest) -> HTTPResponse {
    let essence = row.essence.flatMap { MediaType.find($0)?.name } ?? "application/octet-stream"
    var headers: HTTPHeaders = [
      "Content-Type": essence == "text/plain" ? "text/plain; charset=utf-8" : essence,
      "Content-Disposition": MediaName.disposition(row, isShown: MediaType.isShown(essence)), "Accept-Ranges": "bytes",
      "ETag": tag,
    ]
    switch ByteRange(request, tag: tag, length: file.bytes) {
    case .whole:
      return HTTPResponse(status: 200, headers: headers, body: stream(file, 0..<file.bytes))
    case .part(let part):
      headers.set("Content-Range", "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.bytes)")
      return HTTPResponse(status: 206, headers: headers, body: stream(file, part))
    case .unsatisfiable:
      taken.giveBack()
      return .problem(
        416, code: "RANGE_NOT_SATISFIABLE", detail: "The medium has \(file.bytes) bytes.",
        headers: ["Content-Range": "bytes */\(file.bytes)"])
    }
  }

  private func stream(_ file: StoredFile, _ part: Range<Int>) -> HTTPResponse.Body {
    let reader = Reader(file, part)
    return .stream(
      HTTPBodyStream(length: part.count, onClose: { [taken] in taken.giveBack() }) { try await reader.next() })
  }

  /// Reads what is still to be sent, off the loop.
  private final class Reader: Sendable {
    private let file: StoredFile
    private let rest: Mutex<Range<Int>>

    init(_ file: StoredFile, _ part: Range<Int>) {
      self.file = file
      rest = Mutex(part)
    }

    func next() async throws -> [UInt8]? {
      let piece = rest.withLock { rest in
        let piece = rest.prefix(MediaDownloads.piece)
        rest = piece.endIndex..<rest.upperBound
        return piece.startIndex..<piece.endIndex
      }
      if piece.isEmpty { return nil }
      let bytes = try await OffLoop.run { [file] in try file.read(piece) }
      // Shorter than it was: the connection ends without the bytes it promised.
      return bytes.count == piece.count ? bytes : nil
    }
  }
}
