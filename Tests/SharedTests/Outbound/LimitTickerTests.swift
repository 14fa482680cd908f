import Synchronization
import Testing

@testable import Outbound

@Suite struct LimitTickerTests {
  private final class Load: Sendable {
    let isBusy = Atomic(false)
    let looks = Atomic(0)
    let isRacing = Atomic(false)
    let isUnderWay = Atomic(false)
    let ticker = Mutex<LimitTicker?>(nil)
  }

  @Test func `work that begins while the ticker decides to stop is looked at`() async {
    let load = Load()
    let ticker = LimitTicker {
      load.looks.add(1, ordering: .sequentiallyConsistent)
    } pace: {
      let answer: LimitTicker.Pace = load.isBusy.load(ordering: .sequentiallyConsistent) ? .fast : .stopped
      guard !load.isRacing.exchange(true, ordering: .sequentiallyConsistent) else { return answer }
      // The answer is read and not yet in effect: now the work begins.
      startThread {
        load.isBusy.store(true, ordering: .sequentiallyConsistent)
        load.isUnderWay.store(true, ordering: .sequentiallyConsistent)
        load.ticker.withLock { $0 }?.hurry()
      }
      while !load.isUnderWay.load(ordering: .sequentiallyConsistent) {}
      return answer
    }
    load.ticker.withLock { $0 = ticker }
    ticker.hurry()
    await waitUntil("the work is looked at again and again") { load.looks.load(ordering: .relaxed) > 3 }
    load.ticker.withLock { $0 = nil }
  }

  @Test func `a ticker without work stops, and starts again`() async {
    let load = Load()
    let ticker = LimitTicker {
      load.looks.add(1, ordering: .sequentiallyConsistent)
    } pace: {
      load.isUnderWay.store(true, ordering: .sequentiallyConsistent)
      return .stopped
    }
    ticker.hurry()
    await waitUntil("the first look") { load.isUnderWay.load(ordering: .sequentiallyConsistent) }
    await waitUntil("another look") {
      ticker.hurry()
      return load.looks.load(ordering: .sequentiallyConsistent) > 1
    }
  }
}
