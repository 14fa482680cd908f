package final class EgressGuard: Sendable {
  package let rules: EgressRules
  let noteHeader: String
  package init(rules: EgressRules) { self.rules = rules; noteHeader = "x" }
  func covers(_ url: OutboundURL) -> Bool { true }
}
package struct EgressRules: Sendable {
  func check(_ url: OutboundURL) throws(OutboundFailure) {}
}
