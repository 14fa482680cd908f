import Crypto
import Wire

/// Where a list goes on: the last id of the page before, not for reading by callers.
enum PageCursor {
  static let defaultLimit = 25

  static func encode(_ id: String) -> String { Base64.encodeURLSafe(Array(id.utf8)) }

  /// The id a cursor stands for; nil cursors start at the beginning.
  static func decode(_ cursor: String?) throws(CallFailure) -> String? {
    guard let cursor else { return nil }
    guard cursor.utf8.count <= 128, let bytes = Base64.decodeURLSafe(cursor),
      let id = String(validating: bytes, as: UTF8.self), !id.isEmpty
    else {
      throw .invalidArgument("CURSOR_INVALID", "cursor: use next_cursor of the page before, unchanged", field: "cursor")
    }
    return id
  }

  static func limit(_ limit: Int?) throws(CallFailure) -> Int {
    let limit = limit ?? defaultLimit
    guard (1...100).contains(limit) else {
      throw .invalidArgument("LIMIT_OUT_OF_RANGE", "limit: 1 to 100, not \(limit)", field: "limit")
    }
    return limit
  }
}
