import Dispatch
import Foundation
import Store
import TestSupport

/// Holds a thread of the store inside a closure until the test lets it go.
final class Gate: Sendable {
  private let entered = DispatchSemaphore(value: 0)
  private let opened = DispatchSemaphore(value: 0)

  /// Called inside the closure.
  func pass() throws {
    entered.signal()
    guard opened.wait(timeout: .now() + 20) == .success else { throw Forgotten() }
    opened.signal()
  }

  /// Lets everyone through, now and later.
  func open() { opened.signal() }

  /// Returns when a thread stands in `pass`.
  func waitUntilHeld() async throws {
    try await eventually { self.entered.wait(timeout: .now()) == .success }
  }

  struct Forgotten: Error {}
}

/// The condition a test waited for did not come in time.
struct NeverHappened: Error {}

/// Returns when `condition` holds; throws after 20 s.
func eventually(_ condition: () -> Bool) async throws {
  let limit = ContinuousClock.now + .seconds(20)
  while !condition() {
    guard ContinuousClock.now < limit else { throw NeverHappened() }
    await Task.yield()
  }
}

/// The failure `body` throws; anything else is passed on, and success is an error of the test.
func failure<T>(of body: () async throws -> T) async throws -> StoreFailure {
  do {
    _ = try await body()
  } catch let failure as StoreFailure {
    return failure
  }
  throw NeverHappened()
}

/// One table of notes, used all over these tests.
let notes = [Migration("notes", sql: "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")]

extension Connection {
  func add(_ id: Int, _ text: String = "x") throws {
    try execute("INSERT INTO note (id, text) VALUES (?, ?)", id, text)
  }

  func ids() throws -> [Int] {
    try all("SELECT id FROM note ORDER BY id") { try $0.int(0) }
  }
}
