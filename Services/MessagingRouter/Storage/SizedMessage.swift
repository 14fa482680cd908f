import Contracts

/// A message with about the bytes of its JSON: pages are bounded by both.
struct SizedMessage: Sendable {
  var message: Message
  var bytes: Int

  /// Bytes of the messages of a page, which goes in a frame of 1 MiB; a single message may be larger.
  static let mostOfPage = 768 << 10
  /// Beside words and content.
  private static let envelope = 4_096

  init(message: Message, contentBytes: Int) {
    self.message = message
    // Words twice as long in JSON where every character is escaped, six times where they are control characters.
    let texts = [message.text] + (message.earlierVersions ?? []).map(\.text)
    bytes = Self.envelope + contentBytes + texts.reduce(0) { $0 + Self.bytes(of: $1) }
  }

  private static func bytes(of words: String?) -> Int {
    words?.utf8.reduce(0) { $0 + ($1 < 0x20 ? 6 : $1 == 0x22 || $1 == 0x5C ? 2 : 1) } ?? 0
  }
}

extension Page<Message> {
  /// Cuts a list that was read with one message more than the page holds, at `limit` messages or at its bytes.
  static func page(_ found: [SizedMessage], limit: Int) -> Page<Message> {
    var bytes = 0
    var count = 0
    for message in found.prefix(limit) {
      bytes += message.bytes
      if bytes > SizedMessage.mostOfPage, count > 0 { break }
      count += 1
    }
    let data = found.prefix(count).map(\.message)
    return Page(data: data, nextCursor: found.count > count ? data.last.map { PageRequest.cursor($0.id.text) } : nil)
  }
}
