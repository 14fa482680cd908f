/// Which endpoints may post together with others, and which only alone.
///
/// An answer that stops the process it is read in says so of all that were read there: each is tried alone, once, and
/// only the one that stops a process of its own is known to have done it. Times are monotonic nanoseconds.
struct PosterSuspects {
  /// Endpoints remembered; the oldest make room. More than this at once would need as many endpoints under way.
  static let limit = 10_000

  enum Standing: Equatable { case free, suspect, culprit }

  private struct Mark {
    var isCulprit: Bool
    var until: Int64
  }

  private let suspicion: Int64
  private let quarantine: Int64
  private var marks: [String: Mark] = [:]

  init(suspicion: Int64, quarantine: Int64) {
    self.suspicion = suspicion
    self.quarantine = quarantine
  }

  var count: Int { marks.count }

  mutating func standing(of endpoint: String, at now: Int64) -> Standing {
    guard let mark = marks[endpoint] else { return .free }
    if mark.until <= now {
      marks[endpoint] = nil
      return .free
    }
    return mark.isCulprit ? .culprit : .suspect
  }

  /// It was under way, with others, in a process that stopped.
  mutating func suspect(_ endpoint: String, at now: Int64) {
    if standing(of: endpoint, at: now) == .free { mark(endpoint, Mark(isCulprit: false, until: now + suspicion), now) }
  }

  /// It was alone in a process that stopped.
  mutating func convict(_ endpoint: String, at now: Int64) {
    mark(endpoint, Mark(isCulprit: true, until: now + quarantine), now)
  }

  /// It answered, alone, and nothing stopped. A culprit has to sit out its time.
  mutating func answered(_ endpoint: String) { if marks[endpoint]?.isCulprit == false { marks[endpoint] = nil } }

  private mutating func mark(_ endpoint: String, _ mark: Mark, _ now: Int64) {
    marks[endpoint] = mark
    guard marks.count > Self.limit else { return }
    marks = marks.filter { $0.value.until > now }
    if marks.count > Self.limit, let oldest = marks.min(by: { $0.value.until < $1.value.until }) {
      marks[oldest.key] = nil
    }
  }
}
