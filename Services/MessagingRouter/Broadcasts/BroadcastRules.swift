import Contracts
import Store
import Wire

/// What has to be right before a broadcast is sent, and what stops one that is.
enum BroadcastRules {
  /// Why Meta would not take it now; looked at before every feeding.
  struct Stop: Sendable, Equatable {
    var reason: Broadcast.PauseReason
    var detail: String
  }

  /// The sender's row, its rating, and the template as it is now. Throws why it cannot be sent.
  static func startable(
    _ row: BroadcastRow, at now: Int64, _ connection: Connection
  ) throws -> (template: Template, quality: String?) {
    guard
      let sender = try SenderRow.find(id: row.broadcast.senderID, account: row.account, connection)
    else { throw SendRefusal.senderNotFound.failure("the sender is not in this account any more") }
    guard sender.status == .online else { throw BroadcastFailures.senderOffline(sender.status) }
    let template = try current(row.template.id, account: row.account, connection)
    try TemplateCheck.sendable(template, sender: sender, connection)
    let (old, new) = (row.template.variables.map(\.name), template.variables.map(\.name))
    guard old == new, row.template.parameterFormat == template.parameterFormat else {
      throw BroadcastFailures.templateChanged(old, new)
    }
    try BroadcastContent(
      template: template, defaults: row.broadcast.variables, headerMedia: row.broadcast.headerMedia
    ).check(account: row.account, connection)
    if let gate = try closedGate(sender.id, at: now, connection) {
      throw BroadcastFailures.limited(gate.code, gate.message, nextStep: gate.nextStep, sender: sender.id)
    }
    return (template, try rating(of: sender.id, connection))
  }

  /// A template of the account. Throws `TEMPLATE_NOT_FOUND`.
  static func current(_ id: TemplateID, account: String, _ connection: Connection) throws -> Template {
    guard let row = try TemplateRow.find(id: id, account: account, connection) else { throw TemplateFailures.notFound }
    return row.template
  }

  /// What stops a running broadcast; nil when nothing does.
  static func stop(_ row: BroadcastRow, at now: Int64, _ connection: Connection) throws -> Stop? {
    let sender = row.broadcast.senderID
    let known = try connection.first(
      "SELECT status, quality_rating FROM replica_senders WHERE sender_id = ? AND account_id = ?", sender.text,
      row.account
    ) { (try $0.text(0), try $0.optionalText(1)) }
    guard let known, known.0 == SenderStatus.online.rawValue else {
      return Stop(
        reason: .senderOffline,
        detail: "The sender is \(known?.0 ?? "gone"). Bring it online, then resume the broadcast.")
    }
    if let gate = try closedGate(sender, at: now, connection) {
      return Stop(reason: .spamLimit, detail: "\(gate.message) \(gate.nextStep ?? "")")
    }
    if let rating = known.1, rank(rating) ?? .max < rank(row.quality) ?? unrated {
      return Stop(
        reason: .qualityDropped,
        detail:
          "Meta rates the sender \(rating.uppercased()), which is worse than before. Look at whom it was sent to; "
          + "resume when the rating is better, or to go on all the same.")
    }
    if let stop = try template(row, connection) { return stop }
    return try BroadcastFailureRate.stop(row, connection)
  }

  private static func template(_ row: BroadcastRow, _ connection: Connection) throws -> Stop? {
    let now = try connection.first(
      "SELECT status, version FROM templates WHERE id = ? AND account_id = ?", row.template.id.text, row.account
    ) { (TemplateStatus(rawValue: try $0.text(0)) ?? .other, try $0.int64(1)) }
    // The usual case: one look at the row.
    if let now, now.0 == .approved, now.1 == row.template.version { return nil }
    guard let now, let template = try TemplateRow.find(id: row.template.id, account: row.account, connection)?.template
    else {
      return Stop(reason: .templateDisabled, detail: "The template is gone. Make another broadcast.")
    }
    switch now.0 {
    case .approved: break
    case .paused:
      return Stop(
        reason: .templatePaused,
        detail: "Meta has paused the template for its quality. Resume the broadcast when the pause is over.")
    default:
      return Stop(
        reason: .templateDisabled,
        detail: "The template is \(now.0.rawValue) at Meta. Resume the broadcast once it is approved again.")
    }
    guard try TemplateEssence.isSame(template, row.template) else {
      return Stop(
        reason: .templateChanged,
        detail: "The template was changed since the broadcast was started. Resume it to go on with the new one.")
    }
    if template.quality == .red, row.template.quality != .red {
      return Stop(
        reason: .templateQuality,
        detail: "Meta rates the template RED and pauses it next. Resume the broadcast to send it all the same.")
    }
    return nil
  }

  private static func closedGate(
    _ sender: SenderID, at now: Int64, _ connection: Connection
  ) throws -> (code: String, message: String, nextStep: String?)? {
    try connection.first(
      "SELECT code, message, next_step FROM outbound_gates WHERE scope = 'broadcasts' AND key = ? AND until > ?",
      sender.text, now
    ) { (try $0.text(0), try $0.text(1), try $0.optionalText(2)) }
  }

  static func rating(of sender: SenderID, _ connection: Connection) throws -> String? {
    try connection.first("SELECT quality_rating FROM replica_senders WHERE sender_id = ?", sender.text) {
      try $0.optionalText(0)
    } ?? nil
  }

  /// The sender's rating when it is better than the best since the start, or since a person resumed it: what comes after
  /// it may be a drop again.
  static func better(_ row: BroadcastRow, _ connection: Connection) throws -> String? {
    guard let rating = try rating(of: row.broadcast.senderID, connection), let now = rank(rating),
      now > rank(row.quality) ?? unrated
    else { return nil }
    return rating
  }

  /// Meta's ratings, the better the higher; nil for what says nothing.
  private static func rank(_ rating: String?) -> Int? {
    switch rating?.uppercased() {
    case "GREEN": 3
    case "YELLOW": 2
    case "RED": 1
    default: nil
    }
  }

  /// A number without a rating has nothing to lose but RED.
  private static let unrated = 2
}
