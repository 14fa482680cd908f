import Contracts
import Telemetry
import Transport
import Wire

/// Which assistant answers for a sender: rows of `messaging-router`, shown and changed through the sender.
struct AssistantBindings: Sendable {
  /// Nil when the router does not answer soon: the sender is then shown without.
  var get: @Sendable (SenderID, CallContext) async -> MessagingRouterAPI.Binding?
  /// The same for a page of senders, in one call; those that are missing are shown without.
  var list: @Sendable ([SenderID], CallContext) async -> [SenderID: MessagingRouterAPI.Binding]
  /// Answers after the router's commit.
  var set:
    @Sendable (MessagingRouterAPI.SetBinding, CallContext) async throws(CallFailure) -> MessagingRouterAPI.Binding

  /// Asks the real router, for reads at most `patience`.
  static func asking(_ router: Peer, patience: Duration = .milliseconds(300)) -> AssistantBindings {
    AssistantBindings(
      get: { id, context in
        // A router that is down must not cost every list 300 ms.
        guard router.isConnected else { return nil }
        do throws(CallFailure) {
          return try await router.call(
            MessagingRouterAPI.GetBinding(senderID: id), account: context.account, actor: context.actor,
            timeout: min(patience, context.remaining))
        } catch {
          return nil
        }
      },
      list: { ids, context in
        guard router.isConnected, !ids.isEmpty else { return [:] }
        do throws(CallFailure) {
          let reply = try await router.call(
            MessagingRouterAPI.ListBindings(senderIDs: ids), account: context.account, actor: context.actor,
            timeout: min(patience, context.remaining))
          return Dictionary(reply.data.map { ($0.senderID, $0) }) { first, _ in first }
        } catch {
          return [:]
        }
      },
      set: { call, context throws(CallFailure) in
        try await router.call(
          call, account: context.account, actor: context.actor, key: context.key, timeout: context.remaining)
      })
  }
}
