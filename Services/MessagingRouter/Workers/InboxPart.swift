import Contracts
import Crypto
import GraphAPI
import JSON
import Store

/// What one lane has to do for one webhook body.
struct InboxPart: Sendable {
  struct Item: Sendable {
    /// The update's place in the whole body.
    var index: Int
    var update: WebhookUpdate
    /// Of a message or an echo: what it carries, read while the body was parsed.
    var content: InboundContent?
  }

  var id: Int64
  var lane: InboxLane
  var items: [Item] = []
  /// SHA-256 of the body's bytes, where one of the updates needs an id made of it.
  var hash: [UInt8] = []
  /// Whether the other lane has nothing to do for this body.
  var isAlone = false
  /// Whether the lane's part ends here.
  var isLast = true

  /// Parses a body once, for both lanes. A body without anything is the messages' to finish.
  static func parse(_ body: [UInt8], id: Int64, keywords: OptOutKeywords) -> [InboxLane: InboxPart] {
    var messages = InboxPart(id: id, lane: .messages)
    var statuses = InboxPart(id: id, lane: .statuses)
    for (index, update) in updates(body).enumerated() {
      var item = Item(index: index, update: update)
      switch update {
      case .status:
        statuses.items.append(item)
        continue
      case .message(let message):
        item.content = InboundContent(
          type: message.type, node: message.node, context: message.context, keywords: keywords)
      case .echo(let echo): item.content = InboundContent(type: echo.type, node: echo.node, context: echo.context)
      case .history(let message):
        item.content = InboundContent(type: message.type, node: message.node, context: message.context)
      case .other(let field, _, _) where messages.hash.isEmpty && needsHash(field):
        messages.hash = SHA256.hash(body)
      case .other, .call, .preference, .addressBook, .poison: break
      }
      messages.items.append(item)
    }
    messages.isAlone = statuses.items.isEmpty
    statuses.isAlone = messages.items.isEmpty
    return [.messages: messages, .statuses: statuses]
  }

  /// Whether there is nothing to do, also not to finish the body.
  var isEmpty: Bool { items.isEmpty && !(lane == .messages && isAlone) }

  /// Cut into parts of at most `count` updates. Storing a part twice is harmless: each update is stored once.
  func parts(of count: Int) -> [InboxPart] {
    if items.count <= count { return [self] }
    return stride(from: 0, to: items.count, by: count).map { start in
      let end = min(start + count, items.count)
      var part = self
      part.items = Array(items[start..<end])
      part.isLast = end == items.count
      return part
    }
  }

  private static func updates(_ body: [UInt8]) -> [WebhookUpdate] {
    do throws(JSONFailure) {
      return try WebhookBatch.parse(body)
    } catch {
      return [.poison(path: "$", reason: "not JSON: \(error)", raw: body)]
    }
  }

  /// Whether it is told on under an id made of its webhook's bytes.
  private static func needsHash(_ field: String) -> Bool {
    AccountOutbox.carries(field) || TemplateEvents.fields.contains(field)
  }
}
