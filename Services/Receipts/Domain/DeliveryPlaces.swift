import Contracts

/// How many deliveries may be under way, and whose.
///
/// - A webhook has as many as its pace allows (`EndpointPace`), and gets none while it has as many as are still free: one
///   that is busy has half of all, two have a third each, and so on; the next one finds a place.
/// - Those that did not answer last time, or never yet, share half of all places, so that no number of dead or hanging
///   endpoints takes them all from the living. A quarter of that half is for those that have not failed yet.
/// - Replays have at most half of a webhook's window and a quarter of all places.
/// - New events go first; see `LaneShare` for what retries and replays are sure of.
struct DeliveryPlaces: Sendable {
  /// Endpoints whose pace is remembered. The first to be forgotten are those of which nothing is lost by it.
  static let remembered = 10_000
  /// What an owner may allow at most.
  static let mostConcurrency = 64

  /// One place, given back with `finish`.
  struct Ticket: Sendable, Equatable {
    let webhook: WebhookID
    let lane: DeliveryLane
    fileprivate let epoch: Int
    fileprivate let isUnproven: Bool
    fileprivate let isFailing: Bool
  }

  /// Places that a webhook may fill now.
  struct Grant: Sendable, Equatable {
    var webhook: WebhookID
    /// By lane, if all of them have enough.
    var shares: [DeliveryLane: Int]
    /// Of all, replays at most.
    var replays: Int
    /// Of the agenda's entry.
    var additions: Int

    var count: Int { shares.values.reduce(0, +) }
  }

  private struct Endpoint {
    var pace: EndpointPace
    var limits: EndpointPace.Limits
    var share = LaneShare()
    var busy = 0
    var replays = 0
    /// The one that it was learnt from.
    var version: Int64?
  }

  let total: Int
  let perWebhook: Int
  private(set) var inFlight = 0
  private var endpoints: [WebhookID: Endpoint] = [:]
  private var unprovenInFlight = 0
  /// Of them, those that have failed.
  private var failingInFlight = 0
  private var replaysInFlight = 0
  private var share = LaneShare()

  init(total: Int, perWebhook: Int) {
    self.total = total
    self.perWebhook = perWebhook
  }

  /// Endpoints remembered now.
  var count: Int { endpoints.count }

  /// Shares out the places that are free. Of webhooks that rest the agenda learns until when.
  mutating func plan(_ agenda: inout DueAgenda, at now: Int64) -> [Grant] {
    agenda.advance(to: now)
    guard inFlight < total, !agenda.ready.isEmpty else { return [] }
    var queues = Queues(agenda.ready, at: now)
    var spare = Spare(
      all: total - inFlight, unproven: max(1, total / 2) - unprovenInFlight,
      failing: max(1, total / 2 - total / 8) - failingInFlight, replays: mostReplays - replaysInFlight)
    var grants: [Grant] = []
    while spare.all > 0, let lane = share.first(of: queues.lanes) {
      let due = queues.lanes
      guard let (webhook, entry) = queues.next(lane) else { break }
      switch grant(webhook, entry, &spare, at: now) {
      case .granted(let grant):
        grants.append(grant)
        for _ in 0..<grant.count { share.gave(lane, of: due) }
      case .notBefore(let moment): agenda.postpone(webhook, until: moment, at: now)
      case .full: break
      }
    }
    return grants
  }

  /// A delivery was taken: its place is filled.
  mutating func take(
    _ webhook: WebhookID, _ lane: DeliveryLane, _ limits: EndpointPace.Limits, isProven: Bool = true,
    version: Int64? = nil, at now: Int64
  ) -> Ticket {
    makeRoom(at: now, for: webhook)
    var endpoint =
      endpoints[webhook] ?? Endpoint(pace: EndpointPace(isSilent: !isProven), limits: limits)
    endpoint.limits = limits
    endpoint.version = version
    endpoint.busy += 1
    endpoint.pace.began(1, limits, at: now)
    let ticket = Ticket(
      webhook: webhook, lane: lane, epoch: endpoint.pace.epoch, isUnproven: endpoint.pace.isSilent,
      isFailing: endpoint.pace.isFailing)
    inFlight += 1
    if ticket.isUnproven { unprovenInFlight += 1 }
    if ticket.isFailing { failingInFlight += 1 }
    if lane == .replay {
      endpoint.replays += 1
      replaysInFlight += 1
    }
    endpoints[webhook] = endpoint
    return ticket
  }

  /// Gives the place back. `jitter` is for the breaker's pause.
  mutating func finish(_ ticket: Ticket, _ verdict: EndpointVerdict, at now: Int64, jitter: Double = 1) {
    inFlight -= 1
    if ticket.isUnproven { unprovenInFlight -= 1 }
    if ticket.isFailing { failingInFlight -= 1 }
    if ticket.lane == .replay { replaysInFlight -= 1 }
    endpoints[ticket.webhook]?.busy -= 1
    if ticket.lane == .replay { endpoints[ticket.webhook]?.replays -= 1 }
    endpoints[ticket.webhook]?.pace.ended(verdict, epoch: ticket.epoch, at: now, jitter: jitter)
  }

  /// Somebody has changed or resumed it: what was learnt of it is of the past. What is under way stays counted.
  mutating func restart(_ webhook: WebhookID) {
    endpoints[webhook]?.pace.restart()
  }

  /// The webhook's version as it is stored: true if somebody has changed it since its last attempt, and so its pace begins
  /// anew.
  mutating func note(_ webhook: WebhookID, version: Int64) -> Bool {
    guard let known = endpoints[webhook]?.version, known != version else { return false }
    endpoints[webhook]?.version = version
    restart(webhook)
    return true
  }

  /// Attempts under way to one webhook, and how many it may have.
  func load(of webhook: WebhookID) -> (busy: Int, window: Int) {
    (endpoints[webhook]?.busy ?? 0, endpoints[webhook]?.pace.window ?? 1)
  }

  // MARK: Sharing out

  private var mostReplays: Int { max(1, total / 4) }

  private struct Spare {
    var all: Int
    var unproven: Int
    var failing: Int
    var replays: Int
  }

  private enum Answer {
    case granted(Grant)
    case notBefore(Int64)
    case full
  }

  private mutating func grant(
    _ webhook: WebhookID, _ entry: DueAgenda.Entry, _ spare: inout Spare, at now: Int64
  ) -> Answer {
    let limits = endpoints[webhook]?.limits ?? EndpointPace.Limits(concurrency: perWebhook)
    let busy = endpoints[webhook]?.busy ?? 0
    let allowance = endpoints[webhook]?.pace.allowance(busy: busy, limits, at: now) ?? .more(1)
    guard case .more(let more) = allowance else {
      if case .notBefore(let moment) = allowance { return .notBefore(moment) }
      return .full
    }
    let isUnproven = endpoints[webhook]?.pace.isSilent ?? !entry.isProven
    // No more than are left afterwards.
    var count = min(more, (spare.all - busy + 1) / 2)
    let isFailing = endpoints[webhook]?.pace.isFailing ?? false
    if isUnproven { count = min(count, spare.unproven) }
    if isFailing { count = min(count, spare.failing) }
    guard count > 0 else { return .full }
    let window = min(endpoints[webhook]?.pace.window ?? 1, limits.concurrency)
    let replays = max(0, min(spare.replays, max(1, window / 2) - (endpoints[webhook]?.replays ?? 0)))
    let grant = share(out: count, to: webhook, entry, replays: replays, at: now)
    if grant.count == 0 { return .full }
    spare.all -= grant.count
    if isUnproven { spare.unproven -= grant.count }
    if isFailing { spare.failing -= grant.count }
    spare.replays -= grant.shares[.replay] ?? 0
    return .granted(grant)
  }

  private mutating func share(
    out count: Int, to webhook: WebhookID, _ entry: DueAgenda.Entry, replays: Int, at now: Int64
  ) -> Grant {
    var grant = Grant(webhook: webhook, shares: [:], replays: replays, additions: entry.additions)
    var share = endpoints[webhook]?.share ?? LaneShare()
    let due = entry.times.due(at: now)
    for _ in 0..<count {
      let lanes = (grant.shares[.replay] ?? 0) < replays ? due : due.subtracting(.replay)
      guard let lane = share.first(of: lanes) else { break }
      share.gave(lane, of: lanes)
      grant.shares[lane, default: 0] += 1
    }
    endpoints[webhook]?.share = share
    return grant
  }

  private mutating func makeRoom(at now: Int64, for webhook: WebhookID) {
    guard endpoints.count >= Self.remembered, endpoints[webhook] == nil else { return }
    endpoints = endpoints.filter { $0.value.busy > 0 || !$0.value.pace.isPlain(at: now) }
    guard endpoints.count >= Self.remembered, let idle = endpoints.first(where: { $0.value.busy == 0 }) else { return }
    endpoints[idle.key] = nil
  }
}

extension DeliveryPlaces {
  /// Webhooks that are due, by the first lane that has something; each turn begins somewhere else among them.
  private struct Queues {
    private var waiting: [DeliveryLane: [(WebhookID, DueAgenda.Entry)]] = [:]
    private(set) var lanes: DeliveryLanes = []

    init(_ ready: [WebhookID: DueAgenda.Entry], at now: Int64) {
      for (webhook, entry) in ready {
        guard let lane = entry.times.due(at: now).first else { continue }
        waiting[lane, default: []].append((webhook, entry))
        lanes.insert(DeliveryLanes(lane))
      }
      for (lane, queue) in waiting where queue.count > 1 {
        let start = Int.random(in: 0..<queue.count)
        waiting[lane] = Array(queue[start...] + queue[..<start])
      }
    }

    mutating func next(_ lane: DeliveryLane) -> (WebhookID, DueAgenda.Entry)? {
      let next = waiting[lane]?.popLast()
      if waiting[lane]?.isEmpty ?? true { lanes.remove(DeliveryLanes(lane)) }
      return next
    }
  }
}
