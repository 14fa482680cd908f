import Contracts
import Store
import Telemetry
import Wire

/// Forgetting people.
struct ErasureHandlers: Sendable {
  let database: Database
  let clock: WallClock
  let onBegun: @Sendable () -> Void

  func add(to router: inout Router) {
    router.on(erase)
    router.on(erasure)
  }

  /// Answered once the person is out of reach; the rest goes on in the background. Asked again, it answers the same.
  func erase(_ call: MessagingRouterAPI.EraseContact, _ context: CallContext) async throws -> ContactErasure {
    let account = try context.requiredAccount
    let now = clock.now
    let begun = try await database.write { connection in
      try ContactErasureRow.begin(contact: call.id.text, account: account, at: now, connection)
    }
    guard let begun else { throw Self.notFound }
    onBegun()
    return begun.view
  }

  func erasure(_ call: MessagingRouterAPI.GetErasure, _ context: CallContext) async throws -> ContactErasure {
    let account = try context.requiredAccount
    let found = try await database.read {
      try ContactErasureRow.find(contact: call.id.text, account: account, $0)
    }
    guard let found else {
      throw CallFailure.notFound("ERASURE_NOT_FOUND", "no contact of this id was erased in this account")
    }
    return found.view
  }

  /// Also when another account has it.
  private static var notFound: CallFailure {
    .notFound("CONTACT_NOT_FOUND", "no such contact in this account")
  }
}
