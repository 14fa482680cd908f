import Contracts
import GraphAPI
import Store

extension ProfilePlan.Action {
  /// For metrics and logs.
  var name: String {
    switch self {
    case .reconcile: "reconcile"
    case .post: "post"
    case .startUpload: "start_upload"
    case .sendPicture: "send_picture"
    case .postLogo: "post_logo"
    case .read: "read"
    case .rest: "rest"
    }
  }

  /// The fields a refusal is about; none for readings.
  var fields: [ProfileField] {
    switch self {
    case .post(let fields): fields
    case .startUpload, .sendPicture, .postLogo: [.logo]
    case .reconcile, .read, .rest: []
    }
  }

  var isPost: Bool {
    switch self {
    case .post, .postLogo: true
    default: false
    }
  }
}

extension ProfileSteps.Outcome {
  var name: String {
    switch self {
    case .read: "read"
    case .posted: "posted"
    case .uploadBegan: "upload_began"
    case .uploaded: "uploaded"
    case .uploadGone: "upload_gone"
    case .gone: "gone"
    case .refused: "refused"
    case .again: "again"
    }
  }
}

extension ProfileRefusal {
  /// Meta's own words.
  static func metas(_ error: GraphError, fields: [ProfileField]) -> ProfileRefusal {
    let words = error.userMessage ?? error.details ?? error.message
    return ProfileRefusal(
      code: String(error.code), message: String(words.prefix(500)), field: field(in: words, among: fields))
  }

  static let unreachable = ProfileRefusal(
    code: "META_UNREACHABLE", message: "Meta gave no usable answer, several times in a row. It is tried again later.")
}

extension Connection {
  /// Tells the account what Meta shows differently. In the transaction that stores it.
  func announceDrift(_ drift: [ProfileDrift], of sender: SenderRow, now: Int64) throws {
    guard let first = drift.first else { return }
    let isOne = drift.count == 1
    try addEvent(
      "profile.drifted", .warning, account: sender.accountID, sender: sender.id,
      """
      The profile was changed at Meta: \(drift.map(\.field).joined(separator: ", ")). Nothing was overwritten: set \
      the fields again to send ours, or sync with adopt to take Meta's.
      """, before: isOne ? first.ours : nil, after: isOne ? first.metas : nil, now: now)
  }
}
