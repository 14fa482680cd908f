package import Contracts
import Synchronization
package import TestSupport
import Wire

/// Plays `receipts`: keeps the events handed over, or refuses and fails as told.
package final class FakeReceipts: Sendable {
  package typealias Answer = @Sendable ([StatusEvent]) async throws -> [ReceiptsAPI.RecordEvents.Outcome]

  /// Every event of every call, in order of arrival.
  package let arrived = AsyncBox<StatusEvent>()
  private let answer = Mutex<Answer>({ $0.map { _ in .stored } })

  init() {}

  var router: Router {
    var router = Router()
    router.on { (call: ReceiptsAPI.RecordEvents, _) in
      let answer = self.answer.withLock { $0 }
      let outcomes = try await answer(call.events)
      for event in call.events { self.arrived.put(event) }
      return ReceiptsAPI.RecordEvents.Reply(outcomes: outcomes)
    }
    return router
  }

  /// What is answered from now on.
  package func answering(_ answer: @escaping Answer) { self.answer.withLock { $0 = answer } }

  /// The next `count` events, as `status` and their sequence.
  package func events(_ count: Int) async throws -> [StatusEvent] {
    var events: [StatusEvent] = []
    for number in 0..<count { events.append(try await arrived.next("event \(number + 1) of \(count)")) }
    return events
  }
}
