import Contracts
import HTTP
import JSON
import Store
import Synchronization
import Telemetry
import Wire
import Workers

/// Takes a file of recipients from whoever has the link for it, line by line as it comes: neither the file nor its
/// recipients are ever held as a whole.
final class BroadcastReception: Sendable {
  /// Recipients in one transaction.
  static let atOnce = 500
  /// Refused lines in the answer; more are in the list.
  static let toldErrors = 20

  private let database: Database
  private let links: BroadcastLinks
  private let settings: BroadcastSettings
  private let clock: WallClock
  private let log: Log
  /// Broadcasts whose file is being read: one at a time, as many as are allowed at once.
  private let running = Mutex<Set<BroadcastID>>([])

  init(database: Database, links: BroadcastLinks, settings: BroadcastSettings, clock: WallClock, log: Log) {
    self.database = database
    self.links = links
    self.settings = settings
    self.clock = clock
    self.log = log
  }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    let judged = links.verdict(
      id: request.pathParameters["id"] ?? "", query: request.queryItems() ?? [], now: clock.now)
    guard let judged, judged.verdict != .invalid else {
      return .problem(403, code: "LINK_INVALID", detail: "This is not a link of ours: ask for another one.")
    }
    guard judged.verdict == .valid else {
      return .problem(403, code: "LINK_EXPIRED", detail: "The link has expired: ask for another one.")
    }
    if let refusal = refusal(request) { return refusal }
    guard let body = request.incoming else { return .problem(500, code: "INTERNAL", detail: "There is no body.") }
    switch enter(judged.id) {
    case .entered: break
    case .busy:
      return .problem(
        409, code: "UPLOAD_IN_PROGRESS", detail: "A file is being read for this broadcast: wait for its answer.")
    case .full:
      return .problem(
        503, code: "TOO_MANY_UPLOADS", detail: "Too many files are being read now: try again shortly.",
        headers: ["Retry-After": "5"])
    }
    defer { leave(judged.id) }
    let answer = await receive(judged.id, body)
    await end(judged.id)
    return answer
  }

  /// Before the answer: whoever has it may start the broadcast.
  private func end(_ id: BroadcastID) async {
    do {
      try await database.write { try BroadcastUploading.ended(id, $0) }
    } catch {
      // It ends by itself, a minute later.
      log.error("broadcast.upload_not_ended", ["broadcast": .string(id.text), "error": .failure(error)])
    }
  }

  private func refusal(_ request: HTTPRequest) -> HTTPResponse? {
    let type = request.headers["Content-Type"]?.split(separator: ";").first?.lowercased() ?? "text/csv"
    guard type == "text/csv" || type == "application/csv" || type == "application/octet-stream" else {
      return .problem(415, code: "CONTENT_TYPE_UNSUPPORTED", detail: "Send text/csv.")
    }
    return nil
  }

  private enum Entry { case entered, busy, full }

  private func enter(_ id: BroadcastID) -> Entry {
    running.withLock { running in
      if running.contains(id) { return .busy }
      if running.count >= settings.uploadsAtOnce { return .full }
      running.insert(id)
      return .entered
    }
  }

  private func leave(_ id: BroadcastID) { running.withLock { _ = $0.remove(id) } }

  // MARK: Reading

  private func receive(_ id: BroadcastID, _ body: HTTPRequestBody) async -> HTTPResponse {
    do {
      let report = try await read(id, body)
      return HTTPResponse(status: 200, bytes: try JSONCoder.encode(report), contentType: "application/json")
    } catch let refusal as RecipientFile.Refusal {
      return .problem(422, code: refusal.code, detail: refusal.detail)
    } catch let failure as CallFailure {
      let status =
        switch failure.code {
        case .notFound: 404
        case .resourceExhausted: 422
        default: 409
        }
      return .problem(status, code: failure.reason, detail: failure.message)
    } catch is HTTPRequestBody.Cut {
      return .problem(
        400, code: "FILE_INCOMPLETE", detail: "The file ended before all had come. Send it again: nobody is in twice.")
    } catch {
      log.error("broadcast.file_not_read", ["broadcast": .string(id.text), "error": .failure(error)])
      return .problem(500, code: "INTERNAL", detail: "The file cannot be read now: send it again.")
    }
  }

  private func read(_ id: BroadcastID, _ body: HTTPRequestBody) async throws -> BroadcastUpload {
    let now = clock.now
    // The link is for this broadcast; whose it is, its row says.
    let (upload, row) = try await database.write { connection in
      let account = try connection.first("SELECT account_id FROM broadcasts WHERE id = ?", id.text) { try $0.text(0) }
      guard let account else { throw BroadcastFailures.notFound }
      let begun = try BroadcastRecipients.beginUpload(to: id, account: account, at: now, connection)
      try BroadcastUploading.note(begun.row.number, at: now, connection)
      return begun
    }
    var noted = now
    var file = RecipientFile(BroadcastContent(row))
    var report = BroadcastUpload()
    while let chunk = try await body.next() {
      let moment = clock.now
      if abs(moment - noted) >= BroadcastUploading.pace {
        noted = moment
        try await database.write { try BroadcastUploading.note(row.number, at: moment, $0) }
      }
      var rest = chunk[...]
      // A piece at a time: what is read of it has to fit into memory as well.
      while !rest.isEmpty {
        let piece = Array(rest.prefix(64 << 10))
        rest = rest.dropFirst(piece.count)
        let current = file
        let (next, part) = try await OffLoop.run {
          var file = current
          let part = try file.read(piece)
          return (file, part)
        }
        file = next
        try await store(part, upload, row, &report)
      }
    }
    let last = try file.finish()
    try await store(last, upload, row, &report)
    let (done, moment) = (report, clock.now)
    try await database.write { connection in
      try BroadcastHistory.record(
        .uploaded, of: row,
        detail: "\(done.accepted) new, \(done.updated) updated, \(done.duplicates) repeated, \(done.rejected) refused",
        actor: nil, at: moment, connection)
    }
    return report
  }

  private func store(
    _ part: RecipientFile.Part, _ upload: Int, _ row: BroadcastRow, _ report: inout BroadcastUpload
  ) async throws {
    var rest = part.recipients[...]
    var isFirst = true
    while !rest.isEmpty || isFirst && part.refused > 0 {
      let some = Array(rest.prefix(Self.atOnce))
      rest = rest.dropFirst(some.count)
      let (errors, refused) = isFirst ? (part.errors, part.refused) : ([], 0)
      isFirst = false
      let (now, limit) = (clock.now, settings.maximumRecipients)
      let done = try await database.write { connection in
        // Another file, or a list, has taken over.
        let current = try BroadcastRow.found(id: row.id, account: row.account, connection)
        guard current.uploads == upload, current.template.id == row.template.id else {
          throw CallFailure.aborted("BROADCAST_CHANGED", "the broadcast was changed meanwhile: send the file again")
        }
        return try BroadcastRecipients.add(
          some, refused: errors, refusedCount: refused, upload: upload, to: row.id, account: row.account, limit: limit,
          at: now, connection)
      }
      report.accepted += done.accepted
      report.updated += done.updated
      report.duplicates += done.duplicates
      report.rejected += done.rejected
    }
    report.errors += part.errors.prefix(max(Self.toldErrors - report.errors.count, 0))
  }
}
