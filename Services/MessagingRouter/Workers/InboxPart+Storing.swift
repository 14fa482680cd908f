import Contracts
import GraphAPI
import JSON
import Store

extension InboxPart {
  /// Stores each update on its own: one that fails is kept aside, the others go on.
  func store(with senders: inout SenderLookup, at now: Int64, _ connection: Connection) throws -> [UpdateOutcome] {
    var outcomes: [UpdateOutcome] = []
    outcomes.reserveCapacity(items.count)
    for item in items {
      do {
        let outcome = try connection.part { try apply(item, &senders, at: now, connection) }
        if outcome == .unknownNumber, let number = item.update.phoneNumberID {
          try connection.execute(
            "INSERT OR IGNORE INTO inbox_awaited (inbox_id, lane, phone_number_id) VALUES (?, ?, ?)", id, lane.rawValue,
            number)
        }
        outcomes.append(outcome)
      } catch let failure as StoreFailure where failure.isAboutTheDisk {
        // Nothing is wrong with the update: the whole batch is tried again later.
        throw failure
      } catch {
        try InboxRow.setAside(
          inboxID: id, path: "update[\(item.index)]", reason: "\(error)", raw: item.update.raw, at: now, connection)
        outcomes.append(.poison)
      }
    }
    if isLast { try InboxRow.finish(id: id, lane: lane, isAlone: isAlone, at: now, connection) }
    return outcomes
  }

  /// Keeps aside what could not be stored within the store's time.
  func setAside(_ failure: StoreFailure, at now: Int64, _ connection: Connection) throws -> [UpdateOutcome] {
    for item in items {
      try InboxRow.setAside(
        inboxID: id, path: "update[\(item.index)]", reason: "\(failure)", raw: item.update.raw, at: now, connection)
    }
    if isLast { try InboxRow.finish(id: id, lane: lane, isAlone: isAlone, at: now, connection) }
    return items.map { _ in .poison }
  }

  /// Where each kind of update goes.
  private func apply(
    _ item: Item, _ senders: inout SenderLookup, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    switch item.update {
    case .poison(let path, let reason, let raw):
      try InboxRow.setAside(inboxID: id, path: path, reason: reason, raw: raw, at: now, connection)
      return .poison
    case .other(let field, let wabaID, let raw):
      return try apply(field, wabaID: wabaID, raw: raw, index: item.index, at: now, connection)
    case .message, .echo, .history, .status, .call, .preference, .addressBook: break
    }
    guard let number = item.update.phoneNumberID, let sender = try senders.find(phoneNumberID: number, connection)
    else {
      return .unknownNumber
    }
    switch item.update {
    case .message(let message):
      return try InboundMessage.store(message, item.content, from: sender, at: now, connection)
    case .echo(let echo): return try AppEcho.store(echo, item.content, of: sender, at: now, connection)
    case .history(let message):
      return try HistoryMessage.store(message, item.content, of: sender, at: now, connection)
    case .status(let status): return try StatusUpdate.store(status, sender: sender, at: now, connection)
    case .call(let call): return try InboundCall.store(call, sender: sender, at: now, connection)
    case .preference(let preference): return try OptOuts.store(preference, sender: sender, at: now, connection)
    case .addressBook(let entry): return try ContactRow.named(entry.customer, sender: sender, at: now, connection)
    case .other, .poison: return .ignored
    }
  }

  /// Fields that are about accounts, numbers and templates, each with an owner.
  private func apply(
    _ field: String, wabaID: String, raw: [UInt8], index: Int, at now: Int64, _ connection: Connection
  ) throws -> UpdateOutcome {
    let eventID = AccountOutbox.id(body: hash, index: index)
    if AccountOutbox.carries(field) {
      return try AccountOutbox.store(field: field, wabaID: wabaID, value: raw, id: eventID, at: now, connection)
    }
    if TemplateEvents.fields.contains(field) {
      return try TemplateEvents.store(field: field, wabaID: wabaID, value: raw, id: eventID, at: now, connection)
    }
    // Nothing to store of one that is about messages: Meta tells what went wrong, and somebody should see it.
    guard field == "messages" else { return .ignored }
    try InboxRow.setAside(
      inboxID: id, path: "update[\(index)]", reason: "a value of messages without messages and statuses", raw: raw,
      at: now, connection)
    return .poison
  }
}

extension WebhookUpdate {
  fileprivate var phoneNumberID: String? {
    switch self {
    case .message(let message): message.phoneNumberID
    case .echo(let echo): echo.phoneNumberID
    case .history(let message): message.phoneNumberID
    case .status(let status): status.phoneNumberID
    case .call(let call): call.phoneNumberID
    case .preference(let preference): preference.phoneNumberID
    case .addressBook(let entry): entry.phoneNumberID
    case .other, .poison: nil
    }
  }

  /// What is kept aside of an update that could not be stored.
  fileprivate var raw: [UInt8] {
    switch self {
    case .message(let message): message.raw
    case .echo(let echo): echo.raw
    case .history(let message): message.raw
    case .status(let status):
      (try? JSONCoder.encode(StatusUpdate(status))) ?? Array("\(status.id) \(status.status)".utf8)
    case .call(let call): Self.described("call \(call.id)", call.customer)
    case .preference(let preference):
      Self.described("\(preference.category) \(preference.value)", preference.customer)
    case .addressBook(let entry): Self.described("address book", entry.customer)
    case .other(_, _, let raw), .poison(_, _, let raw): raw
    }
  }
}

extension WebhookUpdate {
  /// With the person as Meta's JSON has them, so that an erasure finds it.
  fileprivate static func described(_ what: String, _ person: WebhookPerson) -> [UInt8] {
    let keys = [person.number.map { String($0.drop { $0 == "+" }) }, person.userID].compactMap { $0 }
    return Array("\(what): \(keys.map { "\"\($0)\"" }.joined(separator: " "))".utf8)
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
