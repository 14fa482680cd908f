import Transport

/// A place for one posting process: who is under way in it, and when another may be started. Used on the loop only.
final class PosterSlot {
  struct Post {
    let id: UInt64
    /// Whom it goes to, `host:port`.
    let endpoint: String
    let frame: [UInt8]
    /// How long it may take from the moment it is under way, nanoseconds.
    let limit: Int64
    /// When waiting for a process ends, whatever processes it was given meanwhile (monotonic nanoseconds).
    let waitsUntil: Int64
    /// When it has been under way for too long.
    var deadline: Int64 = 0
    let finish: (PosterOutcome) -> Void
  }

  let isSolo: Bool
  var process: PosterProcess?
  var underWay: [UInt64: Post] = [:]
  /// The post under way is that of an endpoint known to stop processes.
  var holdsCulprit = false
  var lastUse: Int64 = 0
  private(set) var notBefore: Int64 = 0
  private var failedStarts = 0

  init(isSolo: Bool) { self.isSolo = isSolo }

  func startFailed(at now: Int64, _ limits: PosterLimits) {
    failedStarts = min(failedStarts + 1, 20)
    let pause = limits.pause * (1 << (failedStarts - 1))
    notBefore = now + min(pause, limits.longestPause).nanoseconds
  }

  func stopped(at now: Int64, _ limits: PosterLimits) {
    failedStarts = 0
    notBefore = now + (isSolo ? .zero : limits.pause).nanoseconds
  }

  /// Takes everything that is under way.
  func takeUnderWay() -> [Post] {
    defer {
      underWay = [:]
      holdsCulprit = false
    }
    return underWay.values.sorted { $0.id < $1.id }
  }
}
