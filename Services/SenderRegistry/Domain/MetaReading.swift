import Contracts
import GraphAPI

/// What one look at a number told.
struct MetaReading: Equatable {
  var state: MetaNumberState
  var health = MetaHealth.unknown
  /// Nil where Meta said nothing: what is known then stays.
  var qualityRating: String?
  var messagingLimit: String?
  /// Messages per second.
  var throughput: Int?
  var nameStatus: String?
  var newNameStatus: String?

  /// How a name that was asked for stands; `NONE` is Meta's word for no request.
  var requestedNameStatus: String? { newNameStatus == "NONE" ? nil : newNameStatus }

  init(state: MetaNumberState) { self.state = state }

  init(_ number: GraphPhoneNumber) {
    state = MetaNumberState(number.status)
    health = MetaHealth(number.health)
    qualityRating = Self.bounded(number.qualityRating)
    messagingLimit = Self.bounded(number.messagingLimit)
    throughput = Self.messagesPerSecond(number.throughputLevel, isOnBizApp: number.isOnBizApp ?? false)
    nameStatus = Self.bounded(number.nameStatus)
    newNameStatus = Self.bounded(number.newNameStatus)
  }

  /// Meta's throughput levels in messages per second (facts: limits and quality; coexistence numbers have 20).
  static func messagesPerSecond(_ level: String?, isOnBizApp: Bool) -> Int? {
    switch level {
    case "STANDARD": isOnBizApp ? 20 : 80
    case "HIGH": isOnBizApp ? 20 : 1_000
    default: nil
    }
  }

  /// A coexistence number has 20 a second, even where Meta does not say that the app has it.
  func throughput(for origin: Sender.Origin) -> Int? {
    origin == .coexistence ? throughput.map { min($0, 20) } : throughput
  }

  /// Values of Meta's enums are stored as they come, but not of any length.
  private static func bounded(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    return String(text.prefix(64))
  }
}
