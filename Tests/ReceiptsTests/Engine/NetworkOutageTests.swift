import Testing

@testable import Receipts

@Suite struct NetworkOutageTests {
  private func fail(_ outage: inout NetworkOutage, hosts: ClosedRange<Int>, at now: Int64 = 0) -> [Bool] {
    hosts.map { outage.missed("host\($0)", at: now) }
  }

  @Test func `four hosts that nobody reaches are our network, one of them alone is not`() {
    var outage = NetworkOutage()
    for _ in 1...50 { #expect(outage.missed("host1", at: 0) == false) }
    #expect(fail(&outage, hosts: 2...6) == [false, false, true, true, true])
    // One answer, and it is over.
    outage.reached()
    #expect(fail(&outage, hosts: 1...4) == [false, false, false, true])
  }

  @Test func `failures that lie far apart are not ours`() {
    var outage = NetworkOutage()
    for number in Int64(1)...100 { #expect(outage.missed("host\(number)", at: number * NetworkOutage.window) == false) }
  }

  @Test func `after an hour in which nobody answered it is theirs, however the clock jumps`() {
    var outage = NetworkOutage()
    let began: Int64 = 100_000_000
    _ = fail(&outage, hosts: 1...4, at: began)
    #expect(outage.missed("host1", at: began + NetworkOutage.longest - 1) == true)
    #expect(outage.missed("host1", at: began + NetworkOutage.longest) == false)
    var jumping = NetworkOutage()
    _ = fail(&jumping, hosts: 1...4, at: began)
    #expect(jumping.missed("host1", at: 0) == true)
    #expect(jumping.missed("host1", at: NetworkOutage.longest) == false)
  }
}
