/// How a client deals with the guard its requests go through, which is in this process or in the one that started it.
struct GuardLink: Sendable {
  /// The header in which the guard says what it did.
  let noteHeader: String
  /// The syntactic check of URLs that customers choose.
  let check: @Sendable (OutboundURL) throws(OutboundFailure) -> Void
  /// Whether requests for a URL reach the guard at all.
  let covers: @Sendable (OutboundURL) -> Bool
  /// The guard itself, where it is in this process.
  let own: EgressGuard?
  /// Lets nothing more through a tunnel.
  let refuse: @Sendable (UInt64) -> Void

  init(_ egressGuard: EgressGuard) {
    own = egressGuard
    noteHeader = egressGuard.noteHeader
    check = { url throws(OutboundFailure) in try egressGuard.rules.check(url) }
    covers = { egressGuard.covers($0) }
    refuse = { egressGuard.refuse(tunnel: $0) }
  }

  /// The guard of another process, which has checked the URL before it handed it over. It cannot be told at once to
  /// close a tunnel, so a request that libcurl begins to repeat may get as far as its head: for requests that may
  /// repeat only.
  init(_ pass: EgressPass) {
    own = nil
    noteHeader = pass.noteHeader
    check = { _ throws(OutboundFailure) in }
    covers = { _ in true }
    refuse = { _ in }
  }
}
