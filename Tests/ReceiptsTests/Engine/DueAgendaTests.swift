import Contracts
import Testing

@testable import Receipts

@Suite struct DueAgendaTests {
  private let one = WebhookID(trusted: "whk_1")
  private let two = WebhookID(trusted: "whk_2")

  @Test func `what is due is ready and the rest waits for its time`() {
    var agenda = DueAgenda()
    agenda.add(one, LaneTimes(new: 5), isProven: true, at: 10)
    agenda.add(two, LaneTimes(retry: 50), isProven: true, at: 10)
    #expect(Set(agenda.ready.keys) == [one] && agenda.nextAt == 50)
    agenda.advance(to: 49)
    #expect(Set(agenda.ready.keys) == [one])
    agenda.advance(to: 50)
    #expect(Set(agenda.ready.keys) == [one, two] && agenda.nextAt == nil)
  }

  @Test func `something new makes a waiting one ready, a resting one not`() {
    var agenda = DueAgenda()
    agenda.add(one, LaneTimes(retry: 500), isProven: true, at: 0)
    agenda.add(one, LaneTimes(new: 10), isProven: true, at: 10)
    #expect(agenda.ready[one]?.times == LaneTimes(new: 10, retry: 500))
    agenda.postpone(one, until: 100, at: 10)
    agenda.add(one, LaneTimes(new: 20), isProven: true, at: 20)
    #expect(agenda.ready.isEmpty && agenda.nextAt == 100)
    agenda.advance(to: 100)
    #expect(agenda.ready[one] != nil)
  }

  @Test func `what was added while deliveries were taken is not lost`() {
    var agenda = DueAgenda()
    agenda.add(one, LaneTimes(new: 0), isProven: true, at: 0)
    let seen = agenda.ready[one]?.additions ?? -1
    agenda.add(one, LaneTimes(new: 1), isProven: true, at: 1)
    agenda.correct(one, LaneTimes(), additions: seen, at: 1)
    #expect(agenda.ready[one]?.times.new == 0)
    // Without an addition the store is right.
    agenda.correct(one, LaneTimes(retry: 90), additions: seen + 1, at: 1)
    #expect(agenda.ready.isEmpty && agenda.nextAt == 90)
    agenda.correct(one, LaneTimes(), additions: seen + 1, at: 1)
    #expect(agenda.count == 0)
  }

  @Test func `a clock that is set back lets nobody rest for longer`() {
    var agenda = DueAgenda()
    agenda.add(one, LaneTimes(new: 3_600_000), isProven: true, at: 3_600_000)
    agenda.postpone(one, until: 3_620_000, at: 3_600_000)
    agenda.clockWasSetBack(at: 0)
    agenda.add(one, LaneTimes(new: 0), isProven: true, at: 0)
    #expect(agenda.ready[one] != nil)
  }

  @Test func `what waits for long gives way to what is due when it is full`() {
    var agenda = DueAgenda()
    let (one, two) = (WebhookID(trusted: "whk_a"), WebhookID(trusted: "whk_b"))
    for number in 0..<DueAgenda.limit {
      agenda.add(WebhookID(trusted: "whk_\(number)"), LaneTimes(retry: 1_000), isProven: true, at: 0)
    }
    agenda.add(one, LaneTimes(new: 0), isProven: true, at: 0)
    #expect(agenda.ready[one] != nil && agenda.count == DueAgenda.limit)
    // Not the other way about.
    agenda.add(two, LaneTimes(retry: 2_000), isProven: true, at: 0)
    agenda.advance(to: 2_000)
    #expect(agenda.ready[two] == nil && agenda.count == DueAgenda.limit)
  }

  @Test func `it is bounded`() {
    var agenda = DueAgenda()
    for number in 0..<DueAgenda.limit {
      agenda.add(WebhookID(trusted: "whk_\(number)"), LaneTimes(new: 0), isProven: true, at: 0)
    }
    #expect(agenda.count == DueAgenda.limit)
    agenda.add(WebhookID(trusted: "whk_x"), LaneTimes(new: 0), isProven: true, at: 0)
    #expect(agenda.count == DueAgenda.limit && agenda.ready[WebhookID(trusted: "whk_x")] == nil)
    agenda.add(WebhookID(trusted: "whk_7"), LaneTimes(retry: 5), isProven: true, at: 0)
    #expect(agenda.ready[WebhookID(trusted: "whk_7")]?.times.retry == 5)
  }
}
