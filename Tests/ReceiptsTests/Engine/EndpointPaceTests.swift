import Testing

@testable import Receipts

@Suite struct EndpointPaceTests {
  private let limits = EndpointPace.Limits(concurrency: 32)

  private func end(_ verdict: EndpointVerdict, _ pace: inout EndpointPace, at now: Int64 = 0, times: Int = 1) {
    for _ in 0..<times { pace.ended(verdict, epoch: pace.epoch, at: now, jitter: 1) }
  }

  @Test func `the window begins at one and grows by one with each success up to what is allowed`() {
    var pace = EndpointPace()
    #expect(pace.allowance(busy: 0, limits, at: 0) == .more(1))
    end(.taken, &pace, times: 3)
    #expect(pace.allowance(busy: 1, limits, at: 0) == .more(3))
    end(.taken, &pace, times: 1_000)
    #expect(pace.window == EndpointPace.widest)
    #expect(pace.allowance(busy: 0, limits, at: 0) == .more(32))
    #expect(pace.allowance(busy: 32, limits, at: 0) == .full)
  }

  @Test func `no answer narrows the window to one, an error status does not`() {
    var pace = EndpointPace()
    end(.taken, &pace, times: 9)
    end(.failed, &pace)
    end(.refused, &pace)
    #expect(pace.window == 10 && !pace.isSilent)
    end(.silent, &pace)
    #expect(pace.window == 1 && pace.isSilent)
  }

  @Test(arguments: [EndpointVerdict.failed, .silent])
  func `five failures in a row open the breaker for thirty seconds, then one attempt shows`(verdict: EndpointVerdict) {
    var pace = EndpointPace()
    end(verdict, &pace, at: 1_000, times: 4)
    #expect(pace.allowance(busy: 0, limits, at: 1_000) == .more(1))
    end(verdict, &pace, at: 1_000)
    #expect(pace.allowance(busy: 0, limits, at: 1_000) == .notBefore(31_000))
    #expect(pace.allowance(busy: 0, limits, at: 30_999) == .notBefore(31_000))
    #expect(pace.allowance(busy: 0, limits, at: 31_000) == .more(1))
    #expect(pace.allowance(busy: 1, limits, at: 31_000) == .full)
    end(.taken, &pace, at: 31_000)
    #expect(pace.allowance(busy: 0, limits, at: 31_000) == .more(2))
    // Closed: five are needed again.
    end(verdict, &pace, at: 31_000, times: 4)
    guard case .more = pace.allowance(busy: 0, limits, at: 31_000) else {
      Issue.record("open after four")
      return
    }
  }

  @Test func `two attempts that hang open the breaker`() {
    var pace = EndpointPace()
    end(.hanging, &pace)
    end(.failed, &pace)
    end(.hanging, &pace)
    #expect(pace.allowance(busy: 0, limits, at: 0) == .more(1))
    end(.hanging, &pace)
    #expect(pace.allowance(busy: 0, limits, at: 0) == .notBefore(30_000))
  }

  @Test func `what hinders us is a rest that grows, and no illness`() {
    var pace = EndpointPace()
    var now: Int64 = 0
    var pauses: [Int64] = []
    for _ in 1...6 {
      end(.hindered(.overload), &pace, at: now)
      guard case .notBefore(let moment) = pace.allowance(busy: 0, limits, at: now) else { break }
      pauses.append(moment - now)
      now = moment
      _ = pace.allowance(busy: 0, limits, at: now)
    }
    #expect(pauses == [5_000, 10_000, 20_000, 40_000, 60_000, 60_000] && !pace.isSilent)
    for _ in 1...9 {
      end(.hindered(.outage), &pace, at: now)
      #expect(pace.allowance(busy: 0, limits, at: now) == .notBefore(now + 15_000))
    }
  }

  @Test func `each attempt that shows it still fails doubles the pause, to five minutes at most`() {
    var pace = EndpointPace()
    var now: Int64 = 0
    end(.failed, &pace, times: 4)
    var pauses: [Int64] = []
    for _ in 1...6 {
      end(.failed, &pace, at: now)
      guard case .notBefore(let moment) = pace.allowance(busy: 0, limits, at: now) else { break }
      pauses.append(moment - now)
      now = moment
      _ = pace.allowance(busy: 0, limits, at: now)
    }
    #expect(pauses == [30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
  }

  @Test func `the pause of the breaker has a jitter`() {
    var pace = EndpointPace()
    for _ in 1...5 { pace.ended(.failed, epoch: 0, at: 0, jitter: 1.2) }
    #expect(pace.allowance(busy: 0, limits, at: 0) == .notBefore(36_000))
  }

  @Test func `a success between them keeps the breaker closed`() {
    var pace = EndpointPace()
    for _ in 1...10 {
      end(.failed, &pace, times: 4)
      end(.taken, &pace)
    }
    guard case .more = pace.allowance(busy: 0, limits, at: 0) else {
      Issue.record("it opened")
      return
    }
  }

  @Test func `attempts that began before a rest change nothing when they end`() {
    var pace = EndpointPace()
    end(.taken, &pace, times: 20)
    let before = pace.epoch
    end(.silent, &pace, times: 5)
    for _ in 1...15 { pace.ended(.silent, epoch: before, at: 5_000, jitter: 1) }
    pace.ended(.taken, epoch: before, at: 5_000, jitter: 1)
    #expect(pace.allowance(busy: 0, limits, at: 5_000) == .notBefore(30_000))
    #expect(pace.window == 1)
  }

  @Test func `many attempts that are asked to rest at once make one rest, not many`() {
    var pace = EndpointPace()
    end(.taken, &pace, times: 20)
    let before = pace.epoch
    for _ in 1...20 { pace.ended(.resting(asked: nil), epoch: before, at: 0, jitter: 1) }
    #expect(pace.allowance(busy: 0, limits, at: 0) == .notBefore(1_000))
  }

  @Test(arguments: [(Int64(0), Int64(1_000)), (30_000, 30_000), (3_600_000, 3_600_000), (86_400_000, 3_600_000)])
  func `the endpoint rests as long as it asks for, within a second and an hour`(asked: Int64, pause: Int64) {
    var pace = EndpointPace()
    end(.taken, &pace, times: 20)
    end(.resting(asked: asked), &pace)
    #expect(pace.allowance(busy: 0, limits, at: 0) == .notBefore(pause))
    // Afterwards carefully.
    #expect(pace.allowance(busy: 0, limits, at: pause) == .more(1))
  }

  @Test func `a wish to rest that names no time is a second, doubled up to a minute while it is repeated`() {
    var pace = EndpointPace()
    var now: Int64 = 0
    var pauses: [Int64] = []
    for _ in 1...8 {
      end(.resting(asked: nil), &pace, at: now)
      guard case .notBefore(let moment) = pace.allowance(busy: 0, limits, at: now) else { break }
      pauses.append(moment - now)
      now = moment
      _ = pace.allowance(busy: 0, limits, at: now)
    }
    #expect(pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
    end(.taken, &pace, at: now)
    end(.resting(asked: nil), &pace, at: now)
    #expect(pace.allowance(busy: 0, limits, at: now) == .notBefore(now + 1_000))
  }

  @Test func `a clock that is set back makes no rest longer`() {
    var pace = EndpointPace()
    end(.failed, &pace, at: 10_000_000, times: 5)
    #expect(pace.allowance(busy: 0, limits, at: 6_400_000) == .notBefore(6_430_000))
    #expect(pace.allowance(busy: 0, limits, at: 6_430_000) == .more(1))
  }

  @Test func `a failure of ours says nothing of the endpoint`() {
    var pace = EndpointPace()
    end(.taken, &pace)
    end(.unknown, &pace, times: 50)
    #expect(pace.allowance(busy: 0, limits, at: 0) == .more(2) && pace.isPlain(at: 0))
  }

  @Test func `no second sees more attempts than the owner allows`() {
    let limits = EndpointPace.Limits(concurrency: 64, perSecond: 10)
    var pace = EndpointPace()
    end(.taken, &pace, times: 63)
    var begun: [Int64] = []
    for now in stride(from: Int64(0), to: 5_000, by: 7) {
      guard case .more(let more) = pace.allowance(busy: 0, limits, at: now) else { continue }
      pace.began(more, limits, at: now)
      begun += Array(repeating: now, count: more)
    }
    #expect(begun.count >= 45 && begun.count <= 50)
    for first in begun { #expect(begun.count { $0 >= first && $0 < first + 1_000 } <= 10) }
  }

  @Test func `less than one a second is one in the time that one takes`() {
    let limits = EndpointPace.Limits(concurrency: 64, perSecond: 0.1)
    var pace = EndpointPace()
    end(.taken, &pace, times: 9)
    #expect(pace.allowance(busy: 0, limits, at: 0) == .more(1))
    pace.began(1, limits, at: 0)
    #expect(pace.allowance(busy: 0, limits, at: 1) == .notBefore(10_000))
    #expect(pace.allowance(busy: 0, limits, at: 10_000) == .more(1))
  }

  @Test func `what the rate remembers is bounded, and a clock set back does not stop it`() {
    var rate = AttemptRate()
    for now in Int64(0)..<3_000 where rate.free(at: now, perSecond: 1_000) > 0 { rate.took(1, at: now) }
    #expect(Mirror(reflecting: rate).descendant("grains").map { Mirror(reflecting: $0).children.count } ?? 999 <= 101)
    #expect(rate.free(at: -3_600_000, perSecond: 1_000) < 1_000)
    #expect(rate.free(at: -3_599_000, perSecond: 1_000) == 1_000)
  }
}
