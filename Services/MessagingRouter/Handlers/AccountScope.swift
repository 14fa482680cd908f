import Crypto
import Wire

/// What every public call needs of its context.
extension CallContext {
  /// The account the caller acts for; every query filters by it.
  var requiredAccount: String {
    get throws(CallFailure) {
      guard let account else {
        throw .permissionDenied("ACCOUNT_REQUIRED", "this call is made on behalf of an account")
      }
      return account
    }
  }
}

/// The bounds of a page.
enum PageRequest {
  static func limit(_ limit: Int?) throws(CallFailure) -> Int {
    let limit = limit ?? 25
    guard (1...100).contains(limit) else {
      throw .invalidArgument("LIMIT_OUT_OF_RANGE", "limit is 1 to 100", field: "limit")
    }
    return limit
  }

  /// Cursors are opaque to callers.
  static func cursor(_ text: String) -> String { Base64.encodeURLSafe(Array(text.utf8)) }

  static func position(_ cursor: String?) throws(CallFailure) -> String? {
    guard let cursor else { return nil }
    guard let bytes = Base64.decodeURLSafe(cursor), let text = String(validating: bytes, as: UTF8.self), !text.isEmpty
    else { throw .invalidArgument("CURSOR_INVALID", "cursor is the next_cursor of an earlier page", field: "cursor") }
    return text
  }
}
