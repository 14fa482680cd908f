/// The waits of a verification, in milliseconds, and what bounds its tries.
struct VerificationTimes: Sendable {
  /// Silence after which an open verification expires.
  var silence: Int64 = 600_000
  /// The earliest a new code may be asked for: Meta's own limits are hours, not seconds.
  var retry: Int64 = 60_000
  /// The same after a refusal in which Meta names no time.
  var refused = MetaWait.silent
  /// After which a row that nobody works on is looked at again.
  var watch: Int64 = 60_000
  /// Pauses between reads that settle a lost answer: doubled each time.
  var firstRead: Int64 = 2_000
  /// Reads before the person is asked to type the code again.
  var reads = 6
  /// Codes that Meta may refuse before a new verification is needed.
  var refusals = 10
}
