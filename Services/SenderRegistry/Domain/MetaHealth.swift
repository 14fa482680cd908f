import Contracts
import GraphAPI

/// A number's `health_status` as it concerns a sender.
struct MetaHealth: Equatable {
  /// Nothing was said: as good as healthy, as the number's own state decides.
  static let unknown = MetaHealth()

  private(set) var isBlocked = false
  /// Whether the business or its account is what is blocked, which only Meta can undo.
  private var isAccountBlocked = false
  /// Why sending is blocked.
  private(set) var reasons: [SenderReason] = []
  /// What limits sending.
  private(set) var warnings: [SenderReason] = []

  private static let mostReasons = 5

  init() {}

  init(_ health: GraphHealth?) {
    guard let health, health.canSendMessage != "AVAILABLE" else { return }
    isBlocked = health.canSendMessage == "BLOCKED"
    // Templates are looked at on their own.
    for entity in health.entities where entity.type != "MESSAGE_TEMPLATE" && entity.canSendMessage != "AVAILABLE" {
      let blocks = isBlocked && entity.canSendMessage == "BLOCKED"
      if blocks, entity.type == "WABA" || entity.type == "BUSINESS" { isAccountBlocked = true }
      let problems = entity.errors.map { Self.reason(blocks, entity.type, $0) }
      let found = problems.isEmpty ? [Self.reason(blocks, entity.type, nil)] : problems
      if blocks { reasons += found } else { warnings += found }
    }
    if isBlocked, reasons.isEmpty { reasons = [Self.reason(true, nil, nil)] }
    // Any other word than these two is new: it is shown, and the number's own state decides.
    if !isBlocked, warnings.isEmpty { warnings = [Self.reason(false, nil, nil)] }
    reasons = Array(reasons.prefix(Self.mostReasons))
    warnings = Array(warnings.prefix(Self.mostReasons))
  }

  /// A blocked account is Meta's verdict; a blocked number or app may be mended.
  var blockedStatus: SenderStatus { isAccountBlocked ? .suspended : .offline }

  private static func reason(_ blocks: Bool, _ entity: String?, _ problem: GraphHealth.Problem?) -> SenderReason {
    let what = entity.map { " (\($0.prefix(40)))" } ?? ""
    let words = problem.map { ": \($0.description.prefix(300)) (code \($0.code))" } ?? ""
    let solution = problem?.solution.flatMap { $0.isEmpty ? nil : String($0.prefix(300)) }
    return SenderReason(
      code: blocks ? "MESSAGING_BLOCKED" : "MESSAGING_LIMITED",
      message: (blocks ? "Meta blocks messaging" : "Meta limits messaging") + what + (words.isEmpty ? "." : words),
      nextStep: solution ?? "Look at the account in WhatsApp Manager.")
  }
}
