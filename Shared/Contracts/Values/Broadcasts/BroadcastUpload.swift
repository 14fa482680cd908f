/// What became of recipients that were given at once.
package struct BroadcastUpload: Codable, Sendable, Equatable {
  /// New recipients.
  package var accepted: Int
  /// Known ones, whose name and variables are those of this time now.
  package var updated: Int
  /// Named more than once this time; the first one counts.
  package var duplicates: Int
  /// Not fit, and left out.
  package var rejected: Int
  /// The first of what was rejected; `GET …/errors` has more of them.
  package var errors: [BroadcastLineError]

  package init(
    accepted: Int = 0, updated: Int = 0, duplicates: Int = 0, rejected: Int = 0, errors: [BroadcastLineError] = []
  ) {
    self.accepted = accepted
    self.updated = updated
    self.duplicates = duplicates
    self.rejected = rejected
    self.errors = errors
  }
}

/// Why a recipient was left out.
package struct BroadcastLineError: Codable, Sendable, Equatable {
  /// Of the file, counted from 1, where the record begins; of a list, its place counted from 1.
  package var line: Int
  /// Stable `UPPER_SNAKE`, for example `PHONE_INVALID`.
  package var code: String
  package var message: String

  package init(line: Int, code: String, message: String) {
    self.line = line
    self.code = code
    self.message = message
  }
}
