import Contracts
import Crypto
import GraphAPI
import Outbound
import Store
import Telemetry
import Transport
import Workers

/// Fetches one medium that a customer sent: from Meta, through the checks, into its file, then its row. Each run is
/// one try; what was done before the commit may be done again.
struct MediaFetch: Sendable {
  let database: Database
  let files: MediaFiles
  let graph: GraphClient
  let keyring: SealingKeyring
  let hosts: MediaHosts
  let settings: MediaSettings
  let times: MediaTimes
  let measures: MediaMeasures
  let clock: WallClock
  let log: Log

  /// How a try ended.
  private enum Outcome: Sendable {
    case file(IncomingFile.Complete, mimeType: String?)
    /// Tried again, at the earliest after this many milliseconds.
    case later(code: String, message: String, atLeast: Int64)
    case failed(code: String, message: String)
    /// Meta's address is not good any more.
    case urlGone
  }

  private struct Access: Sendable {
    var phoneNumberID: String
    var token: Secret
  }

  /// Nothing when it is not waited for any more, or not due.
  func run(_ id: MediaID) async throws {
    guard let row = try await database.read({ try MediaRow.find(id: id, $0) }), row.state == .waiting,
      row.source == .inbound, let due = row.dueAt, due <= clock.now
    else { return }
    let started = MonotonicClock.now
    let outcome = try await attempt(row)
    // A stop has called it off: that says nothing about the medium.
    if case .file = outcome {} else { try Task.checkCancellation() }
    let label = try await settle(outcome, row)
    measures.fetched(label, nanoseconds: MonotonicClock.now - started)
  }

  // MARK: One try

  private func attempt(_ row: MediaRow) async throws -> Outcome {
    guard let metaMediaID = row.metaMediaID else {
      return .failed(code: "MEDIA_GONE", message: "Meta named no medium.")
    }
    guard let access = try await access(row.sender) else {
      return later("SENDER_OFFLINE", "The sender has no number or token at Meta now.", atLeast: 60_000)
    }
    if let url = row.metaURL, let since = row.metaURLAt, (0..<times.freshURL).contains(clock.now - since),
      hosts.allows(url)
    {
      let outcome = try await download(url, row, access, GraphMedia(url: url))
      if case .urlGone = outcome {} else { return outcome }
    }
    let medium: GraphMedia
    do throws(GraphFailure) {
      medium = try await graph.media(metaMediaID, phoneNumberID: access.phoneNumberID, token: access.token)
    } catch {
      return refused(error, row)
    }
    guard hosts.allows(medium.url) else {
      log.error("media.foreign_host", ["media": .string(row.id.text), "host": .optional(Self.host(medium.url))])
      return later("MEDIA_HOST_REFUSED", "Meta named a host that is not in MEDIA_HOSTS.", atLeast: 60_000)
    }
    let outcome = try await download(medium.url, row, access, medium)
    if case .urlGone = outcome { return later("MEDIA_URL_GONE", "Meta's new address leads nowhere.") }
    return outcome
  }

  private func access(_ sender: SenderID) async throws -> Access? {
    let found = try await database.read { connection in
      try connection.first(
        """
        SELECT phone_number_id, access_token FROM replica_senders
        WHERE sender_id = ? AND phone_number_id IS NOT NULL AND access_token IS NOT NULL
        """, sender.text
      ) { (number: try $0.text(0), sealed: try $0.text(1)) }
    }
    guard let found else { return nil }
    let token = try keyring.open(found.sealed, binding: SenderReplica.tokenBinding(sender.text))
    return Access(phoneNumberID: found.number, token: token)
  }

  private func download(_ url: String, _ row: MediaRow, _ access: Access, _ medium: GraphMedia) async throws -> Outcome
  {
    if let bytes = medium.bytes, bytes > settings.maximumBytes { return tooLarge }
    let incoming: IncomingFile
    do throws(MediaFileFailure) {
      incoming = try files.begin(limit: settings.maximumBytes, leastFree: settings.leastFree)
    } catch {
      return unkept(error)
    }
    let status: Int
    do throws(OutboundFailure) {
      status = try await graph.download(url, token: access.token, within: times.transfer) { incoming.write($0) }
    } catch {
      incoming.discard()
      if let failure = incoming.failure { return unkept(failure) }
      return later("META_UNREACHABLE", error.message)
    }
    guard (200..<300).contains(status) else {
      incoming.discard()
      return [400, 401, 403, 404, 410].contains(status)
        ? .urlGone : later("META_UNREACHABLE", "Meta's media host answered HTTP \(status).")
    }
    return try await check(incoming, row, medium)
  }

  /// Makes the bytes durable, once they are what Meta says.
  private func check(_ incoming: IncomingFile, _ row: MediaRow, _ medium: GraphMedia) async throws -> Outcome {
    let expected = [row.expectedSHA256, medium.sha256.flatMap(MediaHash.hex)].compactMap { $0 }
    return try await OffLoop.run { [files, times] () -> Outcome in
      let file: IncomingFile.Complete
      do throws(MediaFileFailure) { file = try incoming.complete() } catch {
        incoming.discard()
        return unkept(error)
      }
      guard expected.allSatisfy({ $0 == file.sha256 }), file.bytes > 0 else {
        files.drop(file)
        let message = "The bytes that came are not those that Meta announced."
        let isKnown = row.error?.code == Self.mismatch && row.attempts + 1 >= times.hashTries
        return isKnown ? .failed(code: Self.mismatch, message: message) : later(Self.mismatch, message)
      }
      do throws(MediaFileFailure) { try files.keep(file) } catch { return unkept(error) }
      return .file(file, mimeType: medium.mimeType)
    }
  }

  // MARK: What it means

  private static let mismatch = "MEDIA_HASH_MISMATCH"

  private func later(_ code: String, _ message: String, atLeast: Int64 = 0) -> Outcome {
    .later(code: code, message: message, atLeast: atLeast)
  }

  private var tooLarge: Outcome {
    .failed(code: "MEDIA_TOO_LARGE", message: "It has more than \(settings.maximumBytes) bytes (MEDIA_MAX_BYTES).")
  }

  private func unkept(_ failure: MediaFileFailure) -> Outcome {
    switch failure {
    case .tooLarge: tooLarge
    case .noSpace: later("MEDIA_DISK_FULL", "There is no space for it on the disk.", atLeast: 60_000)
    case .system: later("MEDIA_NOT_STORED", "It could not be stored: \(failure).", atLeast: 60_000)
    }
  }

  private func refused(_ failure: GraphFailure, _ row: MediaRow) -> Outcome {
    guard case .answered(let error) = failure else { return later("META_UNREACHABLE", failure.message) }
    // Also Meta's word for a medium that this token may not see; it may be a matter of minutes.
    let isMissing = error.httpStatus == 404 || error.code == 100 && error.subcode == 33
    if isMissing, row.attempts + 1 >= times.missingTries {
      return .failed(code: "MEDIA_GONE", message: error.summary)
    }
    let wait: Int64 = error.isTokenProblem ? 60_000 : 0
    return later(
      error.isTokenProblem ? "SENDER_OFFLINE" : "META_REFUSED", error.summary,
      atLeast: max(wait, error.retryAfterMilliseconds ?? 0))
  }

  private static func host(_ url: String) -> String? { (try? OutboundURL(url))?.host }

  // MARK: What is stored

  /// The outcome as operators count it.
  private func settle(_ outcome: Outcome, _ row: MediaRow) async throws -> String {
    let now = clock.now
    let end = now + settings.retention.milliseconds
    switch outcome {
    case .file(let file, let mimeType):
      defer { files.settle(file.sha256) }
      let totals = try await database.write { connection in
        // One that was forgotten meanwhile leaves a file without a row.
        if try !connection.completeMedia(row.id, file: file, mimeType: mimeType, now: now, expiresAt: end) {
          _ = try connection.dropStrayFiles([file.sha256])
        }
        return try connection.mediaTotals()
      }
      measures.kept(files: totals.files, bytes: totals.bytes)
      return "available"
    case .later(let code, let message, let atLeast):
      guard now - row.createdAt < times.fetching else { return try await fail(row, code, message, end) }
      let due = now + max(times.pause(afterTries: row.attempts), atLeast)
      log.info(
        "media.not_fetched",
        [
          "media": .string(row.id.text), "tries": .int(row.attempts + 1), "code": .string(code),
          "error": .string(message),
        ])
      try await database.write { connection in
        try connection.postponeMedia(row, until: due, Media.Failure(code: code, message: message))
      }
      return "later"
    case .failed(let code, let message): return try await fail(row, code, message, end)
    case .urlGone: return try await fail(row, "MEDIA_URL_GONE", "Meta's address leads nowhere.", end)
    }
  }

  private func fail(_ row: MediaRow, _ code: String, _ message: String, _ end: Int64) async throws -> String {
    log.notice("media.failed", ["media": .string(row.id.text), "code": .string(code), "error": .string(message)])
    try await database.write { connection in
      try connection.failMedia(row.id, Media.Failure(code: code, message: message), expiresAt: end)
    }
    return "failed"
  }
}
