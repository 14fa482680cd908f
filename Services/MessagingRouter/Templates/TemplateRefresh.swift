import Contracts
import JSON
import Store
import Synchronization
import Telemetry
import Wire

/// Reads one template again because a send did not fit: once for many sends, and not again for some seconds.
final class TemplateRefresh: Sendable {
  /// Templates remembered at most; beyond it the oldest are forgotten.
  private static let maximum = 10_000

  private struct State {
    var last: [TemplateID: Int64] = [:]
    var waiting: [TemplateID: [CheckedContinuation<Void, Never>]] = [:]
  }

  private let reader: TemplateReader
  private let log: Log
  /// In milliseconds.
  private let pause: Int64
  private let state = Mutex(State())

  init(_ reader: TemplateReader, pause: Int64 = 10_000, log: Log) {
    self.reader = reader
    self.pause = pause
    self.log = log
  }

  /// Whether the template was read at Meta for this caller, or while it waited. What went wrong is logged: the caller
  /// goes by the copy it has.
  func refresh(_ id: TemplateID) async -> Bool {
    switch state.withLock({ begin(id, &$0) }) {
    case .tooSoon: return false
    case .wait:
      await withCheckedContinuation { continuation in
        let isOver = state.withLock { state in
          guard state.waiting[id] != nil else { return true }
          state.waiting[id]?.append(continuation)
          return false
        }
        if isOver { continuation.resume() }
      }
      return true
    case .read: break
    }
    do {
      try await reader.readOne(id)
    } catch {
      log.error("templates.not_refreshed", ["template": .string(id.text), "error": .string("\(error)")])
    }
    let waiting = state.withLock { $0.waiting.removeValue(forKey: id) ?? [] }
    for continuation in waiting { continuation.resume() }
    return true
  }

  /// Does a send, and once more when it did not fit the copy of its template here and that was read again meanwhile.
  func retrying<Value: Sendable>(_ send: () async throws -> Value) async throws -> Value {
    do {
      return try await send()
    } catch let failure as CallFailure where Self.misfits.contains(failure.reason) {
      guard let id = failure.details?["template_id"]?.string, await refresh(TemplateID(trusted: id)) else {
        throw failure
      }
      return try await send()
    }
  }

  private static let misfits: Set<String> = ["TEMPLATE_MISMATCH", "TEMPLATE_NOT_APPROVED"]

  private enum Step {
    case read
    case wait
    case tooSoon
  }

  private func begin(_ id: TemplateID, _ state: inout State) -> Step {
    let now = reader.clock.now
    if state.waiting[id] != nil { return .wait }
    if let last = state.last[id], last <= now, now - last < pause { return .tooSoon }
    if state.last.count >= Self.maximum { state.last = state.last.filter { $0.value <= now && now - $0.value < pause } }
    if state.last.count >= Self.maximum { state.last.removeAll() }
    state.last[id] = now
    state.waiting[id] = []
    return .read
  }
}
