import Contracts
import Store

/// Which webhooks the events of a hand-over go to: one look at each account and sender, however many of their events
/// there are.
struct Audience {
  private var endpoints: [AccountID: [WebhookRow]] = [:]
  private var receipts: [SenderID: WebhookRow?] = [:]

  mutating func webhooks(
    for type: PlatformEvent.Kind, of sender: SenderID?, in account: AccountID, _ connection: Connection
  ) throws -> [WebhookRow] {
    let all: [WebhookRow]
    if let known = endpoints[account] {
      all = known
    } else {
      all = try WebhookRow.endpoints(account: account.text, connection)
      endpoints[account] = all
    }
    var wanting = all.filter { $0.wants(type, of: sender) }
    guard type == .messageStatus, let sender else { return wanting }
    let own: WebhookRow?
    if let known = receipts[sender] {
      own = known
    } else {
      own = try WebhookRow.find(sender: sender, account: account.text, connection)
      receipts[sender] = .some(own)
    }
    if let own, own.account == account, own.wants(type, of: sender) { wanting.append(own) }
    return wanting
  }
}
