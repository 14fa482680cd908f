import Contracts
import Wire

/// Pages of rows that are numbered in order, newest first.
enum PageNumber {
  /// The row before which the page begins; above every row for the first page. Throws `CURSOR_INVALID`.
  static func before(_ cursor: String?) throws(CallFailure) -> Int64 {
    guard let text = try PageRequest.position(cursor) else { return .max }
    guard let number = Int64(text), number > 0 else {
      throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor")
    }
    return number
  }

  /// Cuts rows read with one more than the page holds into a page.
  static func page<Item>(_ rows: [(sequence: Int64, item: Item)], limit: Int) -> Page<Item> {
    let page = rows.prefix(limit)
    return Page(
      data: page.map(\.item),
      nextCursor: rows.count > limit ? page.last.map { PageRequest.cursor(String($0.sequence)) } : nil)
  }
}
