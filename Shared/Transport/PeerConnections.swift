import Synchronization
import Telemetry
import Wire

/// The loop's side of a peer: its connections and the calls that wait for one.
///
/// `@unchecked Sendable`: every member but the atomic is used on the loop's thread only; entry points assert it.
final class PeerConnections: @unchecked Sendable {
  let isConnected = Atomic(false)

  private let target: PeerTarget
  private let loop: EventLoop
  private let slots: [PeerSlot]
  private let deadlines: RPCDeadlines
  private var waiting: [Waiting] = []
  private var isKept = false
  private var isClosed = false
  private var lastFailure = "not connected yet"
  private var connectHandlers: [@Sendable () -> Void] = []

  private struct Waiting {
    let call: PeerPendingCall
    let until: Int64
  }

  init(_ target: PeerTarget, loop: EventLoop) {
    self.target = target
    self.loop = loop
    let count = min(4, max(1, target.limits.connectionsPerPeer))
    slots = (0..<count).map { _ in PeerSlot(target, loop: loop) }
    deadlines = RPCDeadlines(loop: loop)
    // Nothing runs on the loop yet that knows these objects, so setting them here is safe.
    deadlines.look = { [unowned self] now in expire(now) }
    for slot in slots {
      slot.onReady = { [weak self] connection in self?.ready(connection) }
      slot.onLost = { [weak self] why in self?.lost(why) }
    }
  }

  /// Sends a call on the least busy connection, or lets it wait for one.
  func start(_ call: PeerPendingCall) {
    loop.assertCurrent()
    if isClosed {
      return call.finish(.failure(.unavailable("PEER_CLOSED", "this service is stopping", started: false)))
    }
    if slots.count > 1 { for slot in slots { slot.want() } }
    if let connection = leastBusy() { return connection.start(call) }
    if call.isCancelled { return call.finish(.failure(.cancelled("the caller called it off", started: false))) }
    if waiting.count >= target.limits.waitingForConnection { compact() }
    if waiting.count >= target.limits.waitingForConnection {
      return call.finish(.failure(notConnected("\(waiting.count) calls wait for a connection already")))
    }
    let until = min(call.deadline, MonotonicClock.now + target.limits.connectWait.nanoseconds)
    waiting.append(Waiting(call: call, until: until))
    deadlines.add(until)
    for slot in slots { slot.want() }
  }

  func keep() {
    isKept = true
    if !isClosed { for slot in slots { slot.want() } }
  }

  func onConnect(_ handler: @escaping @Sendable () -> Void) {
    connectHandlers.append(handler)
    if isConnected.load(ordering: .relaxed) { handler() }
  }

  /// Ends everything; returns the tasks that may still be dialling.
  func close() -> [Task<Void, Never>] {
    isClosed = true
    deadlines.stop()
    let tasks = slots.compactMap { $0.close() }
    isConnected.store(false, ordering: .relaxed)
    let calls = waiting
    waiting = []
    for item in calls {
      item.call.finish(.failure(.unavailable("PEER_CLOSED", "this service is stopping", started: false)))
    }
    connectHandlers = []
    return tasks
  }

  private func leastBusy() -> PeerConnection? {
    var best: PeerConnection?
    for slot in slots {
      guard let connection = slot.connection else { continue }
      if connection.openCalls < best?.openCalls ?? .max { best = connection }
    }
    return best
  }

  private func ready(_ connection: PeerConnection) {
    isConnected.store(true, ordering: .relaxed)
    let calls = waiting
    waiting = []
    for item in calls { connection.start(item.call) }
    for handler in connectHandlers { handler() }
  }

  private func lost(_ why: String) {
    lastFailure = why
    isConnected.store(slots.contains { $0.connection != nil }, ordering: .relaxed)
    compact()
    if isKept || !waiting.isEmpty { return }
    for slot in slots { slot.unwant() }
  }

  /// Fails the calls that have waited long enough.
  private func expire(_ now: Int64) -> Int64? {
    var next: Int64?
    let calls = waiting
    waiting = calls.filter { $0.until > now && !$0.call.isCancelled }
    for item in calls {
      if item.until > now {
        next = min(next ?? .max, item.until)
      } else {
        item.call.finish(.failure(notConnected(lastFailure)))
      }
    }
    if waiting.isEmpty && !isKept { for slot in slots { slot.unwant() } }
    return next
  }

  private func compact() { waiting.removeAll { $0.call.isCancelled } }

  private func notConnected(_ why: String) -> CallFailure {
    var failure = CallFailure.unavailable(
      "NOT_CONNECTED", "no connection to \(target.peer) at \(target.name): \(why)", started: false)
    // The wait was the retry.
    failure.relayed = true
    return failure
  }
}
