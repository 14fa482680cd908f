package import Store
package import Wire

/// Tries the promise of `Idempotency-Key` on a call: the same key twice is one effect and one answer.
package struct IdempotencyCheck: Sendable {
  /// Two different requests to one call that both succeed when they are the first.
  package struct Story: Sendable {
    package let first: any Call
    package let other: any Call
    package var method: String { type(of: first).method }

    package init<C: Call>(_ first: C, other: C) {
      self.first = first
      self.other = other
    }
  }

  /// The routed POSTs among `calls` that no story covers: whoever adds a POST adds a story.
  package static func uncovered(_ calls: [any Call.Type], by stories: [Story]) -> [String] {
    let told = Set(stories.map(\.method))
    return calls.filter { $0.route?.method == .post && !told.contains($0.method) }.map { $0.method }.sorted()
  }

  private let database: Database
  private let kept: String
  private let perform: @Sendable (any Call, _ key: String) async throws -> [UInt8]

  /// Counts what is kept for an operation (?1) and a key (?2).
  package static let savedAnswers = "SELECT count(*) FROM saved_answers WHERE operation = ?1 AND key = ?2"

  /// `perform` gives the JSON of the owner's answer; `database` is the owner's, in which `kept` counts.
  package init(
    _ database: Database, kept: String = IdempotencyCheck.savedAnswers,
    perform: @escaping @Sendable (any Call, _ key: String) async throws -> [UInt8]
  ) {
    self.database = database
    self.kept = kept
    self.perform = perform
  }

  /// What is wrong with a call, in words; nothing when it keeps the promise.
  package func problems(with story: Story) async throws -> [String] {
    let key = "check-" + story.method
    var problems: [String] = []
    let first = try await perform(story.first, key)
    let second = try await perform(story.first, key)
    if first != second { problems.append("\(story.method): the repeat got another answer") }
    // An owner that ignores the key leaves no mark of it.
    let kept = try await database.read {
      try $0.first(self.kept, story.method, key) { try $0.int(0) }
    }
    if kept != 1 { problems.append("\(story.method): \(kept ?? 0) answers are kept under the key, not 1") }
    do {
      _ = try await perform(story.other, key)
      problems.append("\(story.method): another body was taken under the same key")
    } catch let failure as CallFailure where failure.reason == "IDEMPOTENCY_KEY_REUSED" {
    } catch {
      problems.append("\(story.method): another body under the same key: \(error)")
    }
    return problems
  }
}
