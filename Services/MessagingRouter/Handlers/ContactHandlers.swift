import Contracts
import Store
import Telemetry
import Wire

/// Customers and what they want to hear of.
struct ContactHandlers: Sendable {
  let database: Database
  let clock: WallClock

  func add(to router: inout Router) {
    router.on(list)
    router.on(get)
    router.on(setPreferences)
    router.on(changes)
  }

  func list(_ call: MessagingRouterAPI.ListContacts, _ context: CallContext) async throws -> Page<Contact> {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read { connection in
      try ContactView.list(
        account: account, phoneNumber: call.phoneNumber?.text, isOptedOut: call.isOptedOut, before: before,
        limit: limit + 1, connection)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }

  func get(_ call: MessagingRouterAPI.GetContact, _ context: CallContext) async throws -> Contact {
    let account = try context.requiredAccount
    return try await database.read { try Self.found(call.id, account, $0) }
  }

  /// An operator's word about a customer. The same one again is not another.
  func setPreferences(_ call: MessagingRouterAPI.SetContactPreferences, _ context: CallContext) async throws -> Contact
  {
    let account = try context.requiredAccount
    if let note = call.note, note.unicodeScalars.count > 500 {
      throw CallFailure.invalidArgument("NOTE_TOO_LONG", "note is at most 500 characters", field: "note")
    }
    let now = clock.now
    return try await database.write { connection in
      let contact = try Self.found(call.id, account, connection)
      if contact.isOptedOut == call.isOptedOut { return contact }
      try OptOuts.record(
        PreferenceWord(
          account: account, contact: contact.id.text, isOptedOut: call.isOptedOut, source: .operator, detail: call.note,
          actor: context.actor, saidAt: now), at: now, connection)
      return try Self.found(contact.id, account, connection)
    }
  }

  func changes(_ call: MessagingRouterAPI.ListPreferenceChanges, _ context: CallContext) async throws
    -> Page<PreferenceChange>
  {
    let account = try context.requiredAccount
    let limit = try PageRequest.limit(call.limit)
    let before = try PageRequest.position(call.cursor)
    let found = try await database.read { connection in
      let contact = try Self.found(call.contactID, account, connection)
      return try OptOuts.changes(of: contact.id, account: account, before: before, limit: limit + 1, connection)
    }
    return PageRequest.page(found, limit: limit) { $0.id.text }
  }

  private static func found(_ id: ContactID, _ account: String, _ connection: Connection) throws -> Contact {
    guard let contact = try ContactView.find(id: id, account: account, connection) else {
      throw CallFailure.notFound("CONTACT_NOT_FOUND", "no such contact in this account")
    }
    return contact
  }
}
