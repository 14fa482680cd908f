/// A leased job: what a worker works on, and its proof that the lease is its own.
package struct QueuedJob: Sendable, Equatable {
  /// The id it was enqueued with.
  package let id: String
  /// The lane it was enqueued with.
  package let lane: String
  /// What is to be done.
  package let payload: [UInt8]
  /// How often it has been leased, this time included. A worker that dies counts too.
  package let attempts: Int
  /// When it was due, in milliseconds since 1970.
  package let dueAt: Int64
  /// When it was enqueued, in milliseconds since 1970.
  package let createdAt: Int64
  /// Until when nobody else gets it, in milliseconds since 1970.
  package let leasedUntil: Int64
  /// Why the attempt before this one failed.
  package let lastError: String?
  let token: Int64

  /// The payload as text.
  package var text: String { String(decoding: payload, as: UTF8.self) }
}
