import Contracts

/// How many deliveries may be under way: in all, to one webhook, and to webhooks that did not answer last time.
///
/// Those that did not answer share at most half of all places, so that no number of dead or hanging endpoints takes
/// them all from the living.
struct DeliveryPlaces: Sendable {
  /// Webhooks remembered as silent; more are treated as healthy.
  static let silentLimit = 10_000

  /// One place, given back with `finish`.
  struct Ticket: Sendable, Equatable {
    let webhook: WebhookID
    fileprivate let wasSilent: Bool
  }

  let total: Int
  let perWebhook: Int
  private(set) var inFlight = 0
  private var busy: [WebhookID: Int] = [:]
  private var silent: Set<WebhookID> = []
  private var silentInFlight = 0

  init(total: Int, perWebhook: Int) {
    self.total = total
    self.perWebhook = perWebhook
  }

  /// Places that deliveries to this webhook could take now.
  func free(for webhook: WebhookID) -> Int {
    let own = min(perWebhook - busy[webhook, default: 0], total - inFlight)
    guard silent.contains(webhook) else { return max(0, own) }
    return max(0, min(own, max(1, total / 2) - silentInFlight))
  }

  /// Takes a place; the caller has made sure that there is one.
  mutating func take(_ webhook: WebhookID) -> Ticket {
    let ticket = Ticket(webhook: webhook, wasSilent: silent.contains(webhook))
    inFlight += 1
    busy[webhook, default: 0] += 1
    if ticket.wasSilent { silentInFlight += 1 }
    return ticket
  }

  /// Gives the place back. `answered` is whether the endpoint said anything at all, an error status included.
  mutating func finish(_ ticket: Ticket, answered: Bool) {
    inFlight -= 1
    let left = busy[ticket.webhook, default: 1] - 1
    busy[ticket.webhook] = left == 0 ? nil : left
    if ticket.wasSilent { silentInFlight -= 1 }
    if answered {
      silent.remove(ticket.webhook)
    } else if silent.count < Self.silentLimit {
      silent.insert(ticket.webhook)
    }
  }
}
