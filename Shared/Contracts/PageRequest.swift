import Crypto
package import Wire

/// The bounds of a page, the same for every list: `limit` 1 to 100, `cursor` opaque to callers.
package enum PageRequest {
  /// The page's size, 25 when nothing is asked. Throws `LIMIT_OUT_OF_RANGE`.
  package static func limit(_ limit: Int?) throws(CallFailure) -> Int {
    let limit = limit ?? 25
    guard (1...100).contains(limit) else {
      throw .invalidArgument("LIMIT_OUT_OF_RANGE", "limit is 1 to 100", field: "limit")
    }
    return limit
  }

  /// The cursor of the page after the item at `position`.
  package static func cursor(_ position: String) -> String { Base64.encodeURLSafe(Array(position.utf8)) }

  /// The position a cursor stands for; nil for the first page. Throws `CURSOR_INVALID`.
  package static func position(_ cursor: String?) throws(CallFailure) -> String? {
    guard let cursor else { return nil }
    guard let bytes = Base64.decodeURLSafe(cursor), let text = String(validating: bytes, as: UTF8.self), !text.isEmpty
    else { throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor") }
    return text
  }

  /// Cuts a list read with one row more than the page holds into a page.
  package static func page<Item>(_ found: [Item], limit: Int, position: (Item) -> String) -> Page<Item> {
    let data = Array(found.prefix(limit))
    return Page(data: data, nextCursor: found.count > limit ? data.last.map { cursor(position($0)) } : nil)
  }
}
