import Contracts
import GraphAPI
import JSON
import Store

/// A webhook body, or a part of one, and its updates.
struct ParsedBody: Sendable {
  var id: Int64
  var updates: [WebhookUpdate]
  /// SHA-256 of the body's bytes, where one of the updates needs an id made of it.
  var hash: [UInt8] = []
  /// The place of the first of `updates` in the whole body.
  var offset = 0
  /// Whether the body ends with this part.
  var isLast = true

  /// Cut into parts of at most `count` updates. Storing a part twice is harmless: each update is stored once.
  func parts(of count: Int) -> [ParsedBody] {
    if updates.count <= count { return [self] }
    return stride(from: 0, to: updates.count, by: count).map { start in
      let end = min(start + count, updates.count)
      return ParsedBody(
        id: id, updates: Array(updates[start..<end]), hash: hash, offset: start, isLast: end == updates.count)
    }
  }

  /// Stores each update on its own: one that fails is kept aside, the others go on.
  func store(at now: Int64, _ connection: Connection) throws -> [UpdateOutcome] {
    var outcomes: [UpdateOutcome] = []
    for (index, update) in updates.enumerated() {
      do {
        let outcome = try connection.part { try apply(update, index: offset + index, at: now, connection) }
        if outcome == .unknownNumber, let number = update.phoneNumberID {
          try connection.execute(
            "INSERT OR IGNORE INTO inbox_awaited (inbox_id, phone_number_id) VALUES (?, ?)", id, number)
        }
        outcomes.append(outcome)
      } catch let failure as StoreFailure where failure.isAboutTheDisk {
        // Nothing is wrong with the update: the whole batch is tried again later.
        throw failure
      } catch {
        try InboxRow.setAside(
          inboxID: id, path: "update[\(offset + index)]", reason: "\(error)", raw: update.raw, at: now, connection)
        outcomes.append(.poison)
      }
    }
    if isLast { try InboxRow.finish(id: id, at: now, connection) }
    return outcomes
  }

  private func apply(
    _ update: WebhookUpdate, index: Int, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    switch update {
    case .message(let message): return try InboundMessage.store(message, at: now, connection)
    case .status(let status): return try StatusUpdate.store(status, at: now, connection)
    case .other(let field, let wabaID, let raw) where AccountOutbox.carries(field):
      return try AccountOutbox.store(
        field: field, wabaID: wabaID, value: raw, id: AccountOutbox.id(body: hash, index: index), at: now, connection)
    case .other(let field, let wabaID, let raw) where TemplateEvents.fields.contains(field):
      return try TemplateEvents.store(
        field: field, wabaID: wabaID, value: raw, id: AccountOutbox.id(body: hash, index: index), at: now, connection)
    case .other: return .ignored
    case .poison(let path, let reason, let raw):
      try InboxRow.setAside(inboxID: id, path: path, reason: reason, raw: raw, at: now, connection)
      return .poison
    }
  }
}

extension WebhookUpdate {
  fileprivate var phoneNumberID: String? {
    switch self {
    case .message(let message): message.phoneNumberID
    case .status(let status): status.phoneNumberID
    case .other, .poison: nil
    }
  }

  /// What is kept aside of an update that could not be stored.
  fileprivate var raw: [UInt8] {
    switch self {
    case .message(let message): message.raw
    case .status(let status):
      (try? JSONCoder.encode(StatusUpdate(status))) ?? Array("\(status.id) \(status.status)".utf8)
    case .other(_, _, let raw), .poison(_, _, let raw): raw
    }
  }
}

extension StoreFailure {
  /// True for failures that another try, or an operator, can mend: they say nothing about the data.
  var isAboutTheDisk: Bool {
    switch code {
    case .constraint, .unexpectedType, .tooBig: false
    default: true
    }
  }
}
