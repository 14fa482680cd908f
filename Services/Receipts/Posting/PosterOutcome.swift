import Outbound

/// What came of a post made in a process of its own.
enum PosterOutcome: Sendable {
  case answered(OutboundResponse)
  case failed(OutboundFailure)
  /// The process stopped, and it need not have been this post that stopped it.
  case interrupted
  /// The answer stopped the process it was read in.
  case unreadable
}
