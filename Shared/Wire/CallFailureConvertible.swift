/// A domain error that knows which failure its caller shall see; every other error becomes `internal`.
package protocol CallFailureConvertible: Error {
  /// What the caller sees. Secrets and inner state do not belong in it.
  var callFailure: CallFailure { get }
}
