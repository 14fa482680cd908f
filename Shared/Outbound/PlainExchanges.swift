import Synchronization

/// The plain exchanges of one client that run now, so that closing the client ends them.
final class PlainExchanges: Sendable {
  private struct State {
    var running: [ObjectIdentifier: PlainExchange] = [:]
    var isClosed = false
  }

  private let state = Mutex(State())

  /// Runs one exchange; a cancelled task cancels it.
  func run(
    _ request: OutboundRequest, url: OutboundURL, fields: [String: String], owner: EgressGuard
  ) async -> PlainExchange.Outcome {
    let slot = Slot()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<PlainExchange.Outcome, Never>) in
        let exchange = PlainExchange(request, url: url, fields: fields, owner: owner) { [self] outcome in
          slot.take().map(forget)
          continuation.resume(returning: outcome)
        }
        slot.put(exchange)
        let isClosed = state.withLock { state in
          if !state.isClosed { state.running[ObjectIdentifier(exchange)] = exchange }
          return state.isClosed
        }
        // In this order: what is started is ended by the cancellation behind it.
        exchange.start()
        if isClosed || Task.isCancelled { exchange.cancel() }
      }
    } onCancel: {
      slot.peek()?.cancel()
    }
  }

  func close() {
    let running = state.withLock { state in
      state.isClosed = true
      return Array(state.running.values)
    }
    for exchange in running { exchange.cancel() }
  }

  private func forget(_ exchange: PlainExchange) {
    state.withLock { _ = $0.running.removeValue(forKey: ObjectIdentifier(exchange)) }
  }

  /// Holds the exchange for the cancellation, which may come before there is one.
  private final class Slot: Sendable {
    private let exchange = Mutex<PlainExchange?>(nil)
    func put(_ new: PlainExchange) { exchange.withLock { $0 = new } }
    func peek() -> PlainExchange? { exchange.withLock { $0 } }
    func take() -> PlainExchange? {
      exchange.withLock { exchange in
        defer { exchange = nil }
        return exchange
      }
    }
  }
}
