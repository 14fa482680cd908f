import Contracts

/// Where a reading came from.
enum ReadingSource: String {
  /// Meta was asked.
  case poll
  /// Meta told.
  case webhook
  /// The connection steps asked.
  case signup
}

/// What is remembered of a number, change by change.
enum ReadingField: String, CaseIterable {
  case qualityRating = "quality_rating"
  case messagingLimit = "messaging_limit"
  case throughput
  case nameStatus = "name_status"

  /// What a change tells the account; nil when it is not worth an event, as for a first reading.
  func alert(before: String?, after: String) -> Alert? {
    guard let before else { return nil }
    let change = "\(before) to \(after)"
    switch self {
    case .qualityRating:
      guard let old = Self.qualityRank(before), let new = Self.qualityRank(after) else {
        return Alert(kind: "sender.quality_changed", severity: .info, message: "Meta's quality rating: \(change).")
      }
      return new < old
        ? Alert(
          kind: "sender.quality_changed", severity: .warning,
          message: "Meta's quality rating fell from \(change). Write less often and to people who asked for it.")
        : Alert(
          kind: "sender.quality_changed", severity: .info, message: "Meta's quality rating rose from \(change).")
    case .messagingLimit:
      return Alert(
        kind: "sender.limit_changed", severity: .warning,
        message: "The portfolio's messaging limit changed from \(change).")
    case .throughput:
      let isLess = (Int(after) ?? 0) < (Int(before) ?? 0)
      return Alert(
        kind: "sender.throughput_changed", severity: isLess ? .warning : .info,
        message: "Messages per second changed from \(change).")
    case .nameStatus:
      return Alert(
        kind: "sender.name_status_changed", severity: after == "DECLINED" ? .warning : .info,
        message: "Meta's review of the display name: \(change).")
    }
  }

  private static func qualityRank(_ rating: String) -> Int? {
    switch rating {
    case "GREEN": 3
    case "YELLOW": 2
    case "RED": 1
    default: nil
    }
  }
}

/// An event for the account's list, before it has a place in it.
struct Alert: Equatable {
  var kind: String
  var severity: AccountEvent.Severity
  var message: String
  var before: String?
  var after: String?
}
