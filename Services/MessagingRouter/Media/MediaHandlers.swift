import Contracts
import Crypto
import Store
import Telemetry
import Wire
import Workers

/// The calls about media.
struct MediaHandlers: Sendable {
  let database: Database
  let keyring: SealingKeyring
  let links: MediaLinks
  let settings: MediaSettings
  let times: MediaTimes
  let clock: WallClock
  /// Files may have lost their rows.
  let onRemoved: @Sendable () -> Void

  func add(to router: inout Router) {
    router.on(create)
    router.on(get)
    router.on(delete)
  }

  /// Announces an upload. A repeated idempotency key answers with the first one.
  private func create(_ call: MessagingRouterAPI.CreateMedia, _ context: CallContext) async throws -> Media {
    let account = try context.requiredAccount
    let (type, sha256) = try Self.check(call)
    let now = clock.now
    return try await database.write { [keyring, times] connection in
      try connection.once(call, context, keyring, now: now) {
        guard try SenderRow.find(id: call.senderID, account: account, connection) != nil else {
          throw SendRefusal.senderNotFound.failure("no such sender in this account")
        }
        let id = MediaID(trusted: "med_" + ULID.make(milliseconds: now))
        try connection.execute(
          """
          INSERT INTO media (id, account_id, sender_id, source, kind, mime_type, filename, expected_bytes,
            expected_sha256, state, due_at, created_at)
          VALUES (?, ?, ?, 'upload', ?, ?, ?, ?, ?, 'waiting', ?, ?)
          """, id.text, account, call.senderID.text, type.kind.rawValue, type.name, call.filename, call.bytes, sha256,
          now + times.uploading, now)
        guard let row = try MediaRow.find(id: id, account: account, connection) else {
          throw CallFailure.internal("the medium was not stored")
        }
        return view(row, now: now)
      }
    }
  }

  private func get(_ call: MessagingRouterAPI.GetMedia, _ context: CallContext) async throws -> Media {
    let account = try context.requiredAccount
    guard let row = try await database.read({ try MediaRow.find(id: call.id, account: account, $0) }) else {
      throw Self.notFound
    }
    return view(row, now: clock.now)
  }

  /// Takes the file away; a repeat finds it gone.
  private func delete(_ call: MessagingRouterAPI.DeleteMedia, _ context: CallContext) async throws -> Done {
    let account = try context.requiredAccount
    try await database.write { connection in
      guard try MediaRow.find(id: call.id, account: account, connection) != nil else { throw Self.notFound }
      try connection.expireMedia(call.id)
    }
    onRemoved()
    return Done()
  }

  private static let notFound = CallFailure.notFound("MEDIA_NOT_FOUND", "no such medium in this account")

  private static func check(_ call: MessagingRouterAPI.CreateMedia) throws(CallFailure) -> (MediaType, String?) {
    guard let type = MediaType.find(call.mimeType) else {
      throw .invalidArgument(
        "MEDIA_TYPE_UNSUPPORTED", "mime_type is one of: \(MediaType.names.joined(separator: ", "))", field: "mime_type")
    }
    if let bytes = call.bytes, !(1...type.limit).contains(bytes) {
      throw .invalidArgument("MEDIA_TOO_LARGE", "bytes is 1 to \(type.limit) for \(type.name)", field: "bytes")
    }
    if let name = call.filename, !(1...240).contains(name.unicodeScalars.count) || MediaName.safe(name).isEmpty {
      throw .invalidArgument(
        "FILENAME_INVALID", "filename is 1 to 240 characters, not all of them control characters", field: "filename")
    }
    guard let text = call.sha256 else { return (type, nil) }
    guard text.utf8.count == 64, let hash = MediaHash.hex(text) else {
      throw .invalidArgument("SHA256_INVALID", "sha256 is 64 hexadecimal digits", field: "sha256")
    }
    return (type, hash)
  }

  private func view(_ row: MediaRow, now: Int64) -> Media {
    let link = row.state == .available ? links.link(to: row.id, for: .get, now: now) : nil
    let isAwaited = row.state == .waiting && row.source == .upload
    let upload = isAwaited ? links.link(to: row.id, for: .put, now: now) : nil
    return Media(
      id: row.id, senderID: row.sender, messageID: row.message, source: row.source, kind: row.kind,
      mimeType: row.mimeType, filename: row.filename, bytes: row.bytes ?? row.expectedBytes,
      sha256: row.sha256 ?? row.expectedSHA256, state: row.state, error: row.error, url: link?.url,
      urlExpiresAt: link.map { Timestamp(milliseconds: $0.expiresAt) }, uploadURL: upload?.url,
      uploadURLExpiresAt: upload.map { Timestamp(milliseconds: $0.expiresAt) },
      createdAt: Timestamp(milliseconds: row.createdAt),
      availableAt: row.availableAt.map { Timestamp(milliseconds: $0) },
      expiresAt: row.expiresAt.map { Timestamp(milliseconds: $0) })
  }
}
