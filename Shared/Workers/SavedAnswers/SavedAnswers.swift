package import Store

/// The answers to calls that named an `Idempotency-Key`: a repeat gets the first answer and has no second effect.
///
/// The owner of a call keeps its answer in the transaction of the effect (`Connection.once`), or, where the effect is
/// made outside, in a row that is written before the call goes out (`KeyedCalls`). Answers are sealed, together with
/// the hash of what was asked: both may give away what is shown or typed only once.
package enum SavedAnswers {
  /// How long a repeat gets the first answer, in milliseconds.
  package static let keptMilliseconds: Int64 = 24 * 3_600_000
  /// Answers a service keeps; beyond them the oldest go first. About a kilobyte each.
  package static let maximum = 100_000
  /// Old answers that one write deletes at most: whoever comes after a long pause does not pay for all of them.
  static let deletedPerWrite = 32
  /// What the front door lets through, too.
  static let keyBytes = 255

  /// A migration of the owning service's database.
  package static let migration = Migration(
    "saved answers",
    sql: """
      CREATE TABLE saved_answers (
        -- the order in which they were stored: the oldest go first
        sequence INTEGER PRIMARY KEY,
        account_id TEXT NOT NULL,
        operation TEXT NOT NULL,
        key TEXT NOT NULL,
        -- sealed, binding saved_answers.answer:<account>:<operation>:<key>: the hash of what was asked, then the answer
        answer TEXT NOT NULL,
        -- the row that knows what became of a call whose effect is made outside; such a call has no answer yet
        reference TEXT,
        created_at INTEGER NOT NULL,
        UNIQUE (account_id, operation, key)
      ) STRICT;
      CREATE INDEX saved_answers_by_age ON saved_answers (created_at);
      """)

  /// Where sealed answers lie: the owning service declares it with its own.
  package static let sealed = SealedColumn("saved_answers", "answer", key: ["account_id", "operation", "key"]) {
    binding(account: $0[0], operation: $0[1], key: $0[2])
  }

  /// What a sealed answer is bound to.
  package static func binding(account: String, operation: String, key: String) -> String {
    "saved_answers.answer:\(account):\(operation):\(key)"
  }
}
