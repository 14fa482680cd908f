import Contracts
import Crypto
import GraphAPI
import Store
import Synchronization
import Telemetry
import Workers

/// Gives media to Meta before they are sent, once for each number: what a message names is Meta's id then.
///
/// Uploading is not sending: it may be done twice without harm, so it needs no state of its own before the call.
final class MediaUploads: Sendable {
  /// A medium and the number it is uploaded for.
  private struct Key: Hashable {
    var media: MediaID
    /// Whose medium it has to be.
    var account: String
    var phoneNumberID: String
  }

  private let database: Database
  private let files: MediaFiles
  private let graph: GraphClient
  private let times: MediaTimes
  private let clock: WallClock
  /// Uploads under way, whoever waits for them.
  private let running = Mutex<[Key: Task<String, any Error>]>([:])

  init(database: Database, files: MediaFiles, graph: GraphClient, times: MediaTimes, clock: WallClock) {
    self.database = database
    self.files = files
    self.graph = graph
    self.times = times
    self.clock = clock
  }

  /// Meta's ids of the media that a message of the account carries: call it before the message becomes `sending`.
  /// Nobody sends another account's media. Throws `MediaUploadFailure`.
  func metaIDs(
    for media: [MediaID], of account: String, phoneNumberID: String, token: Secret
  ) async throws -> [MediaID: String] {
    var found: [MediaID: String] = [:]
    for id in media where found[id] == nil {
      found[id] = try await metaID(for: id, of: account, phoneNumberID: phoneNumberID, token: token)
    }
    return found
  }

  /// Meta's id of one, uploaded now unless Meta has it. Whoever asks for the same at the same time waits for the one
  /// upload. Throws `MediaUploadFailure`.
  func metaID(
    for media: MediaID, of account: String, phoneNumberID: String, token: Secret
  ) async throws -> String {
    let oldest = clock.now - times.uploaded
    let known = try await database.read {
      try $0.mediaUpload(media, account: account, phoneNumberID: phoneNumberID, after: oldest)
    }
    if let known { return known }
    let key = Key(media: media, account: account, phoneNumberID: phoneNumberID)
    let task = running.withLock { running in
      if let task = running[key] { return task }
      // Owned by `running`, and awaited by whoever asked: it goes on for the others when one of them is called off.
      let task = Task.detached { [self] in
        defer { self.running.withLock { $0[key] = nil } }
        return try await upload(key, token)
      }
      running[key] = task
      return task
    }
    return try await task.value
  }

  /// Waits for what runs; its client has been closed, so that is soon.
  func stop() async {
    for task in running.withLock({ Array($0.values) }) { _ = await task.result }
  }

  private func upload(_ key: Key, _ token: Secret) async throws -> String {
    let found = try await database.read { try MediaRow.find(id: key.media, account: key.account, $0) }
    guard let row = found, row.state == .available, let sha256 = row.sha256 else {
      throw MediaUploadFailure.notAvailable(key.media)
    }
    let type = row.mimeType ?? "application/octet-stream"
    let path = files.temporaryPath()
    defer { files.removeTemporary(path) }
    let boundary = try await OffLoop.run { [files] () throws -> String in
      guard let file = files.open(sha256) else { throw MediaUploadFailure.notAvailable(key.media) }
      do throws(MediaFileFailure) {
        return try MultipartFile.write(file, type: type, name: row.filename ?? "file", to: path)
      } catch {
        throw MediaUploadFailure.file(error)
      }
    }
    let id: String
    do throws(GraphFailure) {
      id = try await graph.uploadMedia(
        form: path, boundary: boundary, phoneNumberID: key.phoneNumberID, token: token, within: times.transfer)
    } catch {
      throw MediaUploadFailure.graph(error)
    }
    let now = clock.now
    try await database.write {
      try $0.noteMediaUpload(key.media, phoneNumberID: key.phoneNumberID, metaMediaID: id, at: now)
    }
    return id
  }
}
