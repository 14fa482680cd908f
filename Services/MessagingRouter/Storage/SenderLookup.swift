import Store

/// The senders that one write has looked up: a batch is about a few numbers only.
struct SenderLookup {
  private var found: [String: SenderRow] = [:]

  mutating func find(phoneNumberID: String, _ connection: Connection) throws -> SenderRow? {
    if let known = found[phoneNumberID] { return known }
    guard let sender = try SenderRow.find(phoneNumberID: phoneNumberID, connection) else { return nil }
    found[phoneNumberID] = sender
    return sender
  }
}
