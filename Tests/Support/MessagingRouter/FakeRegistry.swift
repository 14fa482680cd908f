package import Contracts
import Crypto
import Synchronization
package import TestSupport
import Transport
import Wire
import Workers

/// Plays the registry: answers the router's long poll for senders over the real protocol.
package final class FakeRegistry: Sendable {
  private struct State {
    var epoch = "e1"
    var changes: [ReplicaChange] = []
    var isClosed = false
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  package typealias MetaAnswer =
    @Sendable ([SenderRegistryAPI.RecordMetaEvents.Event]) async throws -> [SenderRegistryAPI.RecordMetaEvents.Outcome]

  /// What the router handed over of Meta's events, in order of arrival.
  package let metaEvents = AsyncBox<SenderRegistryAPI.RecordMetaEvents.Event>()
  private let metaAnswer = Mutex<MetaAnswer>({ $0.map { _ in .stored } })
  private let state = Mutex(State())
  private let sealing: SealingKeyring

  init(keys: PairKeys) throws {
    guard let sealing = try ReplicaSealing.keyring(with: .messagingRouter, keys: keys) else {
      throw CallFailure.internal("no key for the router")
    }
    self.sealing = sealing
  }

  var router: Router {
    var router = Router()
    router.on { (call: SenderRegistryAPI.ReplicaChanges, _) in await self.changes(call) }
    router.on { (call: SenderRegistryAPI.RecordMetaEvents, _) in
      let answer = self.metaAnswer.withLock { $0 }
      let outcomes = try await answer(call.events)
      for event in call.events { self.metaEvents.put(event) }
      return SenderRegistryAPI.RecordMetaEvents.Reply(outcomes: outcomes)
    }
    return router
  }

  /// Publishes a sender as it is now; the router hears of it at once.
  package func publish(_ sender: TestSender) {
    let token = sealing.seal(Secret(sender.token), binding: ReplicaSealing.binding(sender.id.text))
    let waiting = state.withLock { state in
      var change = ReplicaChange(counter: Int64(state.changes.count + 1), senderID: sender.id, isDeleted: false)
      change.accountID = AccountID(trusted: sender.account)
      change.phoneNumber = sender.phoneNumber
      change.displayName = "Shop"
      change.status = sender.status
      change.wabaID = sender.wabaID
      change.phoneNumberID = sender.phoneNumberID
      change.portfolioID = sender.portfolioID
      change.sealedAccessToken = token
      state.changes.append(change)
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume() }
  }

  /// What Meta's events are answered with from now on.
  package func answeringMeta(_ answer: @escaping MetaAnswer) { metaAnswer.withLock { $0 = answer } }

  func close() {
    let waiting = state.withLock { state in
      state.isClosed = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.resume() }
  }

  private func changes(_ call: SenderRegistryAPI.ReplicaChanges) async -> SenderRegistryAPI.ReplicaChanges.Reply {
    if call.epoch == state.withLock({ $0.epoch }) { await news(after: call.after) }
    return state.withLock { state in
      let isSnapshot = call.epoch != state.epoch
      let changes = isSnapshot ? state.changes : state.changes.filter { $0.counter > call.after }
      return .init(epoch: state.epoch, isSnapshot: isSnapshot, changes: changes, isComplete: true)
    }
  }

  private func news(after counter: Int64) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let isNow = state.withLock { state in
        if state.isClosed || Int64(state.changes.count) > counter { return true }
        state.waiting.append(continuation)
        return false
      }
      if isNow { continuation.resume() }
    }
  }
}
