import Contracts
import HTTP
import JSON
import Store
import Telemetry
import Transport
import Workers

/// Takes the bytes of an upload from whoever has the link for it. The link is all: no API key, no account.
struct MediaReception: Sendable {
  /// The largest body that any type allows.
  static let bodyLimit = 100 << 20

  let database: Database
  let files: MediaFiles
  let links: MediaLinks
  let settings: MediaSettings
  let measures: MediaMeasures
  let clock: WallClock
  let log: Log
  private let taken: Places

  init(
    database: Database, files: MediaFiles, links: MediaLinks, settings: MediaSettings, measures: MediaMeasures,
    clock: WallClock, log: Log
  ) {
    self.database = database
    self.files = files
    self.links = links
    self.settings = settings
    self.measures = measures
    self.clock = clock
    self.log = log
    taken = Places(settings.uploadsAtOnce)
  }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    let judged = links.verdict(
      id: request.pathParameters["id"] ?? "", for: .put, query: request.queryItems() ?? [], now: clock.now)
    switch judged {
    case .some((_, .invalid)), nil: return .linkInvalid
    case .some((_, .expired)): return .linkExpired
    case .some((let id, .valid)):
      guard let body = request.incoming else { return .problem(500, code: "INTERNAL", detail: "There is no body.") }
      guard taken.take() else {
        return .problem(
          503, code: "TOO_MANY_UPLOADS", detail: "Too many uploads are being received now: try again shortly.",
          headers: ["Retry-After": "5"])
      }
      defer { taken.giveBack() }
      do {
        return try await receive(id, body, length: request.headers["Content-Length"].flatMap { Int($0) })
      } catch is HTTPRequestBody.Cut {
        return .problem(400, code: "MEDIA_INCOMPLETE", detail: "The bytes ended before all had come.")
      } catch {
        log.error("media.not_received", ["media": .string(id.text), "error": .failure(error)])
        return .problem(500, code: "INTERNAL", detail: "The bytes cannot be stored now: send them again.")
      }
    }
  }

  private func receive(_ id: MediaID, _ body: HTTPRequestBody, length: Int?) async throws -> HTTPResponse {
    guard let row = try await database.read({ try MediaRow.find(id: id, $0) }), row.source == .upload,
      let type = row.mimeType.flatMap(MediaType.find)
    else { return .problem(404, code: "MEDIA_NOT_FOUND", detail: "There is no such upload.") }
    // A repeat of bytes that have come already is compared with them.
    guard row.state == .waiting || row.state == .available else { return Self.over }
    if let length, length > type.limit { return Self.tooLarge(type.limit, type) }
    let incoming: IncomingFile
    do throws(MediaFileFailure) {
      incoming = try files.begin(limit: type.limit, leastFree: settings.leastFree)
    } catch {
      return refused(error, type)
    }
    defer { incoming.discard() }
    while let bytes = try await body.next() {
      let isTaken = try await OffLoop.run { incoming.write(bytes) }
      if !isTaken { return refused(incoming.failure ?? .system(0), type) }
    }
    let completed = try await OffLoop.run { () -> Result<IncomingFile.Complete, MediaFileFailure> in
      do throws(MediaFileFailure) { return .success(try incoming.complete()) } catch { return .failure(error) }
    }
    switch completed {
    case .failure(let failure): return refused(failure, type)
    case .success(let file): return try await keep(file, row, type)
    }
  }

  private func keep(_ file: IncomingFile.Complete, _ row: MediaRow, _ type: MediaType) async throws -> HTTPResponse {
    if let problem = problem(with: file, row, type) {
      files.drop(file)
      return problem
    }
    if row.state == .available {
      files.drop(file)
      return file.sha256 == row.sha256 ? Self.done(file) : Self.another
    }
    let kept = try await OffLoop.run { [files] () -> MediaFileFailure? in
      do throws(MediaFileFailure) { try files.keep(file) } catch { return error }
      return nil
    }
    if let kept { return refused(kept, type) }
    defer { files.settle(file.sha256) }
    let (now, end) = (clock.now, clock.now + settings.retention.milliseconds)
    let (present, totals) = try await database.write { connection -> (MediaRow?, (files: Int, bytes: Int)) in
      if try !connection.completeMedia(row.id, file: file, mimeType: nil, now: now, expiresAt: end) {
        // Another upload was faster, or it was given up: what came now may be a file without a row.
        _ = try connection.dropStrayFiles([file.sha256])
      }
      return (try MediaRow.find(id: row.id, connection), try connection.mediaTotals())
    }
    measures.kept(files: totals.files, bytes: totals.bytes)
    guard let present, present.state == .available else { return Self.over }
    return present.sha256 == file.sha256 ? Self.done(file) : Self.another
  }

  // MARK: Answers

  private func problem(with file: IncomingFile.Complete, _ row: MediaRow, _ type: MediaType) -> HTTPResponse? {
    let limit = type.limit(for: file.head)
    if file.bytes > limit { return Self.tooLarge(limit, type) }
    guard file.bytes > 0 else {
      return .problem(422, code: "MEDIA_EMPTY", detail: "No bytes came.")
    }
    if let expected = row.expectedBytes, expected != file.bytes {
      return .problem(
        422, code: "MEDIA_LENGTH_MISMATCH", detail: "\(expected) bytes were announced and \(file.bytes) came.")
    }
    if let expected = row.expectedSHA256, expected != file.sha256 {
      return .problem(
        422, code: "MEDIA_HASH_MISMATCH", detail: "The bytes that came have the SHA-256 \(file.sha256).")
    }
    guard type.matches(file.head) else {
      return .problem(422, code: "MEDIA_TYPE_MISMATCH", detail: "The bytes that came are not \(type.name).")
    }
    return nil
  }

  private func refused(_ failure: MediaFileFailure, _ type: MediaType) -> HTTPResponse {
    switch failure {
    case .tooLarge(let limit): return Self.tooLarge(limit, type)
    case .noSpace:
      return .problem(
        507, code: "MEDIA_DISK_FULL", detail: "There is no space for it now.", headers: ["Retry-After": "60"])
    case .system:
      log.error("media.not_received", ["error": .string("\(failure)")])
      return .problem(500, code: "INTERNAL", detail: "The bytes cannot be stored now: send them again.")
    }
  }

  private static func tooLarge(_ limit: Int, _ type: MediaType) -> HTTPResponse {
    .problem(413, code: "MEDIA_TOO_LARGE", detail: "Meta takes at most \(limit) bytes of this \(type.name).")
  }

  private static func done(_ file: IncomingFile.Complete) -> HTTPResponse {
    let text = "{\"bytes\":\(file.bytes),\"sha256\":\"\(file.sha256)\"}"
    return HTTPResponse(status: 200, bytes: Array(text.utf8), contentType: "application/json")
  }

  private static let over = HTTPResponse.problem(
    410, code: "MEDIA_GONE", detail: "This upload is over: announce another one.")
  private static let another = HTTPResponse.problem(
    409, code: "MEDIA_ALREADY_UPLOADED", detail: "Other bytes have been uploaded by this link.")
}
