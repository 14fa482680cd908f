import Contracts
import Testing

@testable import Receipts

@Suite struct DeliveryPlacesTests {
  private let one = WebhookID(trusted: "whk_1")
  private let two = WebhookID(trusted: "whk_2")

  private func agenda(
    _ webhooks: [WebhookID], _ times: LaneTimes = LaneTimes(new: 0), isProven: Bool = true
  ) -> DueAgenda {
    var agenda = DueAgenda()
    for webhook in webhooks { agenda.add(webhook, times, isProven: isProven, at: 0) }
    return agenda
  }

  /// Fills every place of a plan, as if each lane had enough.
  private func fill(_ places: inout DeliveryPlaces, _ agenda: inout DueAgenda, at now: Int64 = 0)
    -> [DeliveryPlaces.Ticket]
  {
    var tickets: [DeliveryPlaces.Ticket] = []
    for grant in places.plan(&agenda, at: now) {
      for (lane, count) in grant.shares {
        for _ in 0..<count {
          tickets.append(
            places.take(grant.webhook, lane, EndpointPace.Limits(concurrency: places.perWebhook), at: now))
        }
      }
    }
    return tickets
  }

  /// Lets a webhook succeed until its window is so wide.
  private func widen(_ webhook: WebhookID, to window: Int, _ places: inout DeliveryPlaces) {
    while places.load(of: webhook).window < window {
      let ticket = places.take(webhook, .new, EndpointPace.Limits(concurrency: places.perWebhook), at: 0)
      places.finish(ticket, .taken, at: 0)
    }
  }

  private func fall(silent webhook: WebhookID, _ places: inout DeliveryPlaces) {
    let ticket = places.take(webhook, .new, EndpointPace.Limits(concurrency: 4), at: 0)
    places.finish(ticket, .silent, at: 0)
  }

  @Test func `a webhook begins with one place and has as many as its window`() {
    var places = DeliveryPlaces(total: 64, perWebhook: 8)
    var agenda = agenda([one])
    #expect(fill(&places, &agenda).count == 1)
    #expect(fill(&places, &agenda).isEmpty)
    widen(two, to: 5, &places)
    agenda.add(two, LaneTimes(new: 0), isProven: true, at: 0)
    #expect(fill(&places, &agenda).count == 5)
    widen(one, to: 20, &places)
    #expect(fill(&places, &agenda).count == 7 && places.load(of: one).busy == 8)
  }

  @Test func `nobody has a place when all are taken`() {
    var places = DeliveryPlaces(total: 2, perWebhook: 2)
    var agenda = agenda([one, two, WebhookID(trusted: "whk_3")])
    #expect(fill(&places, &agenda).count == 2 && places.inFlight == 2)
    #expect(places.plan(&agenda, at: 0).isEmpty)
  }

  @Test func `one busy webhook has half of all places, and gives way when more are busy`() {
    var places = DeliveryPlaces(total: 64, perWebhook: 64)
    let busy = (0..<7).map { WebhookID(trusted: "whk_busy\($0)") }
    for webhook in busy { widen(webhook, to: 64, &places) }
    var tickets: [DeliveryPlaces.Ticket] = []
    var agenda = agenda([busy[0]])
    for _ in 1...10 { tickets += fill(&places, &agenda) }
    #expect(tickets.count == 32)
    // All of them take as much as they get, the oldest attempts end: each has an eighth, and an eighth is free.
    for webhook in busy { agenda.add(webhook, LaneTimes(new: 0), isProven: true, at: 0) }
    for _ in 1...2_000 {
      tickets += fill(&places, &agenda)
      #expect(places.inFlight == tickets.count && tickets.count <= 64)
      if !tickets.isEmpty { places.finish(tickets.removeFirst(), .taken, at: 0) }
    }
    #expect(busy.allSatisfy { (4...14).contains(places.load(of: $0).busy) })
    #expect(places.inFlight < 64)
    var next = self.agenda([one])
    #expect(places.plan(&next, at: 0).count == 1)
  }

  @Test func `those that do not answer share half of all places, and so do those that never answered yet`() {
    var places = DeliveryPlaces(total: 64, perWebhook: 4)
    let silent = (0..<40).map { WebhookID(trusted: "whk_silent\($0)") }
    for webhook in silent { fall(silent: webhook, &places) }
    var agenda = agenda(silent)
    // A quarter of that half is for those that have not failed: a new customer does not wait for the dead.
    #expect(fill(&places, &agenda).count == 24)
    let new = (0..<20).map { WebhookID(trusted: "whk_new\($0)") }
    var unknown = self.agenda(new, isProven: false)
    var begun = 0
    for grant in places.plan(&unknown, at: 0) {
      begun += grant.count
      _ = places.take(grant.webhook, .new, EndpointPace.Limits(concurrency: 4), isProven: false, at: 0)
    }
    #expect(begun == 8 && places.plan(&unknown, at: 0).isEmpty)
    var known = self.agenda([one])
    #expect(places.plan(&known, at: 0).count == 1)
  }

  @Test func `an answer, even an error, makes a webhook whole again`() {
    var places = DeliveryPlaces(total: 2, perWebhook: 2)
    fall(silent: one, &places)
    fall(silent: two, &places)
    var second = agenda([two])
    #expect(fill(&places, &second).count == 1)
    var first = agenda([one])
    #expect(places.plan(&first, at: 0).isEmpty)
    let ticket = places.take(one, .new, EndpointPace.Limits(concurrency: 2), at: 0)
    places.finish(ticket, .failed, at: 0)
    #expect(places.inFlight == 1)
    #expect(fill(&places, &first).count == 1)
  }

  @Test func `a place taken before the silence is given back as what it was`() {
    var places = DeliveryPlaces(total: 4, perWebhook: 4)
    let limits = EndpointPace.Limits(concurrency: 4)
    let (first, second) = (places.take(one, .new, limits, at: 0), places.take(one, .new, limits, at: 0))
    places.finish(first, .silent, at: 0)
    places.finish(second, .silent, at: 0)
    fall(silent: two, &places)
    // Had the second been given back to the silent ones' half, that half would have grown by one.
    var agenda = agenda([one, two, WebhookID(trusted: "whk_3")], isProven: false)
    #expect(fill(&places, &agenda).count == 2 && places.inFlight == 2)
  }

  @Test func `with one place in all a silent webhook may still be tried`() {
    var places = DeliveryPlaces(total: 1, perWebhook: 1)
    fall(silent: one, &places)
    var agenda = agenda([one])
    #expect(fill(&places, &agenda).count == 1)
  }

  @Test func `a resting webhook is left alone until then, and takes nobody's place`() {
    var places = DeliveryPlaces(total: 8, perWebhook: 4)
    let ticket = places.take(one, .new, EndpointPace.Limits(concurrency: 4), at: 0)
    places.finish(ticket, .resting(asked: 20_000), at: 0)
    var agenda = agenda([one, two])
    #expect(places.plan(&agenda, at: 0).map(\.webhook) == [two])
    #expect(agenda.nextAt == 20_000)
    agenda.advance(to: 20_000)
    #expect(Set(places.plan(&agenda, at: 20_000).map(\.webhook)) == [one, two])
  }

  @Test func `replays have half of a window and a quarter of all places`() {
    var places = DeliveryPlaces(total: 64, perWebhook: 20)
    widen(one, to: 20, &places)
    var agenda = agenda([one], LaneTimes(replay: 0))
    #expect(places.plan(&agenda, at: 0).map(\.count) == [10])
    #expect(fill(&places, &agenda).count == 10)
    #expect(fill(&places, &agenda).isEmpty)
    widen(two, to: 20, &places)
    agenda.add(two, LaneTimes(replay: 0), isProven: true, at: 0)
    #expect(fill(&places, &agenda).count == 6)
    // The other half is free for what is new.
    var news = self.agenda([one])
    #expect(fill(&places, &news).count == 10)
  }

  @Test func `a replay of a webhook with one place goes on`() {
    var places = DeliveryPlaces(total: 2, perWebhook: 1)
    var agenda = agenda([one], LaneTimes(replay: 0))
    #expect(fill(&places, &agenda).map(\.lane) == [.replay])
  }

  @Test(arguments: [1, 8])
  func `a flood of new events to one webhook lets its retries and replays trickle`(window: Int) {
    var places = DeliveryPlaces(total: 64, perWebhook: window)
    widen(one, to: window, &places)
    var served: [DeliveryLane: Int] = [:]
    for _ in 0..<(160 / window) {
      var agenda = agenda([one], LaneTimes(new: 0, retry: 0, replay: 0))
      for ticket in fill(&places, &agenda) {
        served[ticket.lane, default: 0] += 1
        places.finish(ticket, .taken, at: 0)
      }
    }
    #expect((130...134).contains(served[.new] ?? 0))
    #expect((18...20).contains(served[.retry] ?? 0) && (8...10).contains(served[.replay] ?? 0))
  }

  @Test func `a flood of new events to many webhooks lets the retries and replays of others trickle`() {
    var places = DeliveryPlaces(total: 1, perWebhook: 1)
    var served: [WebhookID: Int] = [:]
    for _ in 0..<160 {
      var agenda = agenda((0..<50).map { WebhookID(trusted: "whk_new\($0)") })
      agenda.add(one, LaneTimes(retry: 0), isProven: true, at: 0)
      agenda.add(two, LaneTimes(replay: 0), isProven: true, at: 0)
      for ticket in fill(&places, &agenda) {
        served[ticket.webhook, default: 0] += 1
        places.finish(ticket, .taken, at: 0)
      }
    }
    #expect((18...20).contains(served[one] ?? 0) && (8...10).contains(served[two] ?? 0))
  }

  @Test func `what is remembered of endpoints is bounded, and what is under way stays`() {
    var places = DeliveryPlaces(total: 2, perWebhook: 2)
    let busy = places.take(one, .new, EndpointPace.Limits(concurrency: 2), at: 0)
    for number in 0..<(DeliveryPlaces.remembered + 100) { fall(silent: WebhookID(trusted: "whk_s\(number)"), &places) }
    #expect(places.count == DeliveryPlaces.remembered)
    #expect(places.load(of: one).busy == 1)
    places.finish(busy, .taken, at: 0)
    #expect(places.inFlight == 0)
    // Those in order go first.
    var healthy = DeliveryPlaces(total: 2, perWebhook: 2)
    for number in 0...DeliveryPlaces.remembered { widen(WebhookID(trusted: "whk_h\(number)"), to: 2, &healthy) }
    #expect(healthy.count == 1)
  }

  @Test func `a webhook that was changed begins anew`() {
    var places = DeliveryPlaces(total: 8, perWebhook: 4)
    for _ in 1...5 { fall(silent: one, &places) }
    var resting = agenda([one])
    #expect(places.plan(&resting, at: 0).isEmpty)
    places.restart(one)
    var agenda = agenda([one])
    #expect(places.plan(&agenda, at: 0).map(\.count) == [1])
  }

  @Test func `attempts under way to the old address say nothing of a webhook that was changed`() {
    var places = DeliveryPlaces(total: 16, perWebhook: 8)
    let limits = EndpointPace.Limits(concurrency: 8)
    let old = (1...6).map { _ in places.take(one, .new, limits, version: 1, at: 0) }
    #expect(places.note(one, version: 2) == true)
    for ticket in old { places.finish(ticket, .silent, at: 0) }
    var agenda = agenda([one])
    #expect(places.plan(&agenda, at: 0).map(\.count) == [1])
  }
}
