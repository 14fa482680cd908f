import Contracts
import Crypto
import JSON
import Store
import Telemetry
import Wire

/// Writes down every change that is asked for over the REST API: before it is made, and what came of it afterwards.
struct AuditTrail: Sendable {
  /// Somebody's wish, as the log shows it. Secrets are blanked by the trail.
  struct Wish: Sendable {
    let method: String
    /// The ids that it names.
    var targets: [String] = []
    /// JSON.
    var request: [UInt8]?
    /// JSON of what is there before.
    var before: [UInt8]?
    /// Members to blank besides those whose names say it.
    var secretFields: Set<String> = []
  }

  /// Who asks.
  struct Actor: Sendable {
    /// The id of an API key, or of a link.
    let id: String
    let account: AccountID
  }

  /// What came of it: a status, the code of a failure, the JSON of the answer.
  struct Outcome: Sendable {
    let status: Int
    var code: String?
    var answer: [UInt8]?
  }

  /// The most that is kept of a request, of what was before and of what is after, in bytes each.
  static let valueBytes = 16 << 10

  let database: Database
  /// How long entries are kept; nil is for ever.
  let keptMilliseconds: Int64?
  let clock: WallClock
  let log: Log

  /// Does `work` with an entry around it. The entry is on disk before `work` begins: when it cannot be written, nothing
  /// is done. An end that cannot be written leaves the entry `unknown`, and the answer goes out all the same.
  func record<Answer>(
    _ wish: Wish, by actor: Actor, requestID: String?, _ work: () async throws -> Answer,
    outcome: (Answer) -> Outcome
  ) async throws -> Answer {
    let sequence = try await begin(wish, actor, requestID)
    do {
      let answer = try await work()
      await end(sequence, wish, actor, outcome(answer))
      return answer
    } catch {
      let failure = CallFailure(seenFromOutside: error)
      await end(sequence, wish, actor, Outcome(status: RESTProblem.status(failure), code: failure.reason))
      throw error
    }
  }

  private func begin(_ wish: Wish, _ actor: Actor, _ requestID: String?) async throws -> Int64 {
    let now = clock.now
    let entry = AuditRow.Beginning(
      id: AuditID(trusted: "aud_" + ULID.make(milliseconds: now)), account: actor.account.text, actor: actor.id,
      method: wish.method, targets: wish.targets,
      request: wish.request.map { Self.text($0, wish.secretFields, showsCodes: false) },
      before: wish.before.map { Self.text($0, wish.secretFields, showsCodes: true) }, requestID: requestID, at: now)
    let oldest = keptMilliseconds.map { now - $0 }
    return try await database.write { try AuditRow.begin(entry, oldest: oldest, $0) }
  }

  private func end(_ sequence: Int64, _ wish: Wish, _ actor: Actor, _ outcome: Outcome) async {
    let id = outcome.answer.flatMap { try? JSONDocument(parsing: $0).root["id"]?.string }
    let end = AuditRow.End(
      status: outcome.status, code: outcome.code, target: id.flatMap { $0.utf8.count <= 64 ? $0 : nil },
      after: outcome.answer.map { Self.text($0, wish.secretFields, showsCodes: true) }, at: clock.now)
    do {
      try await database.write { try AuditRow.end(sequence, account: actor.account.text, end, $0) }
    } catch {
      log.error("audit.not_completed", ["method": .string(wish.method), "error": .failure(error)])
    }
  }

  /// The JSON as it is kept: secrets blanked, and cut when it is long.
  static func text(_ json: [UInt8], _ secretFields: Set<String>, showsCodes: Bool) -> String {
    guard let blanked = SecretBlanking.blanked(json, more: secretFields, showsCodes: showsCodes) else {
      return note(bytes: json.count, beginning: nil)
    }
    if blanked.count <= valueBytes { return String(decoding: blanked, as: UTF8.self) }
    return note(bytes: blanked.count, beginning: blanked.prefix(valueBytes))
  }

  /// What stands for a value that is not kept whole.
  private static func note(bytes: Int, beginning: ArraySlice<UInt8>?) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("is_cut")
    writer.bool(true)
    writer.key("bytes")
    writer.integer(bytes)
    if let beginning {
      writer.key("beginning")
      writer.string(String(decoding: beginning, as: UTF8.self))
    }
    writer.endObject()
    return String(decoding: writer.finish(), as: UTF8.self)
  }
}
