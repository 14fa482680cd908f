import Contracts

/// How large an answer of the log may get, whatever endpoints have answered: a frame holds 1 MiB.
enum AnswerSize {
  /// Bytes of one answer; a single delivery or attempt is always smaller.
  static let most = 512 << 10

  /// Bytes of a text inside JSON: a control character takes six.
  static func of(_ text: String?) -> Int {
    text?.utf8.reduce(0) { $0 + ($1 < 0x20 ? 6 : $1 == UInt8(ascii: "\"") || $1 == UInt8(ascii: "\\") ? 2 : 1) } ?? 0
  }

  /// How many of the first fit.
  static func fitting(_ sizes: some Sequence<Int>) -> Int {
    var (count, bytes) = (0, 0)
    for size in sizes {
      bytes += size
      if bytes > most { break }
      count += 1
    }
    return count
  }
}

extension DeliveryAttempt {
  /// Bytes as JSON, about.
  var answerSize: Int { 320 + AnswerSize.of(response) + AnswerSize.of(errorClass) }
}

extension Page {
  /// Ends a page that is too large earlier; the next one begins behind its last item.
  mutating func end(size: (Item) -> Int, position: (Item) -> String) {
    let count = max(1, AnswerSize.fitting(data.lazy.map(size)))
    guard count < data.count else { return }
    data.removeLast(data.count - count)
    nextCursor = data.last.map { PageRequest.cursor(position($0)) }
  }
}
