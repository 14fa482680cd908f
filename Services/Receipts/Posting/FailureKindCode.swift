import Outbound

/// Kinds of failures as words, between the two processes.
enum FailureKindCode {
  private static let plain: [(kind: OutboundFailure.Kind, text: String)] = [
    (.badRequest, "bad-request"), (.resolveFailed, "resolve-failed"), (.connectFailed, "connect-failed"),
    (.connectTimeout, "connect-timeout"), (.tlsFailed, "tls-failed"), (.timeout, "timeout"),
    (.closedBeforeAnswer, "closed-before-answer"), (.cancelled, "cancelled"), (.overloaded, "overloaded"),
  ]

  static func text(of kind: OutboundFailure.Kind) -> String {
    if case .egressDenied(let why) = kind { return "denied \(why.rawValue)" }
    return plain.first { $0.kind == kind }?.text ?? "closed-before-answer"
  }

  static func kind(of text: String) -> OutboundFailure.Kind? {
    if text.hasPrefix("denied ") { return EgressDenial(rawValue: String(text.dropFirst(7))).map { .egressDenied($0) } }
    return plain.first { $0.text == text }?.kind
  }
}
