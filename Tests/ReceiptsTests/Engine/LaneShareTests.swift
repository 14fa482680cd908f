import Testing

@testable import Receipts

@Suite struct LaneShareTests {
  private func serve(_ due: DeliveryLanes, times: Int) -> [DeliveryLane: Int] {
    var share = LaneShare()
    var served: [DeliveryLane: Int] = [:]
    for _ in 0..<times {
      guard let lane = share.first(of: due) else { break }
      share.gave(lane, of: due)
      served[lane, default: 0] += 1
    }
    return served
  }

  @Test func `nothing due, nobody's turn`() { #expect(LaneShare().first(of: []) == nil) }

  @Test func `new events go before retries and retries before replays`() {
    #expect(LaneShare().first(of: [.new, .retry, .replay]) == .new)
    #expect(LaneShare().first(of: [.retry, .replay]) == .retry)
    #expect(LaneShare().first(of: [.replay]) == .replay)
  }

  @Test func `a flood of new events lets retries and replays trickle`() {
    let served = serve([.new, .retry, .replay], times: 1_600)
    #expect((195...200).contains(served[.retry] ?? 0) && (98...100).contains(served[.replay] ?? 0))
    #expect(served.values.reduce(0, +) == 1_600)
  }

  @Test func `a flood of retries lets replays trickle, and replays never hold up the others`() {
    #expect(serve([.retry, .replay], times: 160) == [.retry: 150, .replay: 10])
    #expect(serve([.new, .retry], times: 80) == [.new: 70, .retry: 10])
  }

  @Test func `who had nothing due has saved up no turn`() {
    var share = LaneShare()
    for _ in 1...100 { share.gave(.new, of: [.new]) }
    #expect(share.first(of: [.new, .retry, .replay]) == .new)
  }
}
