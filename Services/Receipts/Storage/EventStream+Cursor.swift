import Contracts
import Wire

extension EventStream {
  /// A cursor is opaque to its readers; `s:` and the position inside.
  static func cursor(_ position: Int64) -> String { PageRequest.cursor("s:\(position)") }

  /// The position a cursor stands for; 0 without one.
  static func position(_ cursor: String?) throws(CallFailure) -> Int64 {
    guard let text = try PageRequest.position(cursor) else { return 0 }
    guard text.hasPrefix("s:"), let position = Int64(text.dropFirst(2)), position >= 0 else { throw unknownCursor }
    return position
  }

  /// The kinds that a list of them, separated by commas, names; all when there is none.
  static func types(_ text: String?) throws(CallFailure) -> [PlatformEvent.Kind] {
    guard let text else { return PlatformEvent.Kind.allCases }
    let known = PlatformEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ")
    var types: Set<PlatformEvent.Kind> = []
    for word in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let type = PlatformEvent.Kind(rawValue: word.filter { $0 != " " }) else {
        throw .invalidArgument(
          "TYPE_UNKNOWN", "types: \(word.prefix(64)) is none of \(known)", field: "types")
      }
      types.insert(type)
    }
    return types.sorted { $0.rawValue < $1.rawValue }
  }

  /// Also for a cursor from before a backup was restored: waiting for it to come again would miss what happens until
  /// then.
  static var unknownCursor: CallFailure {
    .invalidArgument(
      "CURSOR_INVALID", "cursor is the next_cursor of an earlier answer; begin again without one", field: "cursor")
  }
}
