package import Wire

/// What `verifier` answers.
package enum VerifierAPI {
  /// Every call, for dispatch, docs and tests. A missing handler refuses to start.
  package static let calls: [any Call.Type] = verificationCalls + recordingCalls
}
