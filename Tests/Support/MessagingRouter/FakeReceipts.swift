package import Contracts
import Synchronization
package import TestSupport
import Wire

/// Plays `receipts`: keeps the events handed over, or refuses and fails as told.
package final class FakeReceipts: Sendable {
  package typealias Answer = @Sendable ([HandedEvent]) async throws -> [ReceiptsAPI.RecordEvents.Outcome]

  /// Every step of a message of every call, in order of arrival.
  package let arrived = AsyncBox<StatusEvent>()
  /// Everything else that happened, and people to forget.
  package let happenings = AsyncBox<HandedEvent.Happening>()
  package let erasures = AsyncBox<HandedEvent.Erasure>()
  private let answer = Mutex<Answer>({ $0.map { _ in .stored } })

  init() {}

  var router: Router {
    var router = Router()
    router.on { (call: ReceiptsAPI.RecordEvents, _) in
      let answer = self.answer.withLock { $0 }
      let outcomes = try await answer(call.events)
      for event in call.events {
        if let status = event.status { self.arrived.put(status) }
        if let happening = event.happening { self.happenings.put(happening) }
        if let erasure = event.erasure { self.erasures.put(erasure) }
      }
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

  /// The next happening of a kind; those of other kinds before it are passed over.
  package func next(_ type: PlatformEvent.Kind) async throws -> HandedEvent.Happening {
    while true {
      let event = try await happenings.next("an event \(type.rawValue)")
      if event.type == type { return event }
    }
  }
}
