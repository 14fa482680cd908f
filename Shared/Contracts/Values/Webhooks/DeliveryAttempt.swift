/// One POST to a webhook and what came of it.
package struct DeliveryAttempt: Codable, Sendable, Equatable {
  package var id: AttemptID
  package var at: Timestamp
  package var durationMilliseconds: Int
  /// The address the egress guard dialled.
  package var dialledAddress: String?
  package var httpStatus: Int?
  /// Class of a failure without an answer: `timeout`, `connect_failed`, `poster_stopped`, …
  package var errorClass: String?
  /// The first 2 KiB of the answer.
  package var response: String?

  package init(
    id: AttemptID, at: Timestamp, durationMilliseconds: Int, dialledAddress: String?, httpStatus: Int?,
    errorClass: String?,
    response: String?
  ) {
    self.id = id
    self.at = at
    self.durationMilliseconds = durationMilliseconds
    self.dialledAddress = dialledAddress
    self.httpStatus = httpStatus
    self.errorClass = errorClass
    self.response = response
  }
}
