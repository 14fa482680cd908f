import JSON
import Outbound

/// How much of its calls an account has used up (`X-Business-Use-Case-Usage`; facts: limits, Graph calls).
package struct GraphUsage: Sendable, Equatable {
  /// The fullest of Meta's counters, in percent: calls, processor time, time.
  package var percent: Int
  /// When Meta expects to answer again, if it has stopped to, in milliseconds.
  package var regainMilliseconds: Int64

  package init(percent: Int, regainMilliseconds: Int64 = 0) {
    self.percent = percent
    self.regainMilliseconds = regainMilliseconds
  }

  /// Nil when there is no such header, or it is not what Meta documents.
  init?(_ headers: OutboundHeaders) {
    guard let text = headers["X-Business-Use-Case-Usage"] else { return nil }
    self.init(header: text)
  }

  /// The header's JSON: a list of counters for each business or account.
  package init?(header text: String) {
    let document: JSONDocument
    do throws(JSONFailure) { document = try JSONDocument(parsing: Array(text.utf8)) } catch { return nil }
    guard document.root.kind == .object else { return nil }
    var percent: Int64 = 0
    var minutes: Int64 = 0
    var hasCounter = false
    document.root.forEachMember { _, list in
      guard list.kind == .array else { return }
      list.forEachElement { counter in
        for name in ["call_count", "total_cputime", "total_time"] {
          guard let value = counter[name]?.int64 else { continue }
          hasCounter = true
          percent = max(percent, value)
        }
        minutes = max(minutes, counter["estimated_time_to_regain_access"]?.int64 ?? 0)
      }
    }
    guard hasCounter else { return nil }
    self.percent = Int(min(max(percent, 0), 1_000))
    regainMilliseconds = min(max(minutes, 0), 1_440) * 60_000
  }
}
