import Testing

@testable import Receipts

@Suite struct PosterSuspectsTests {
  private func suspects() -> PosterSuspects { PosterSuspects(suspicion: 100, quarantine: 1_000) }

  @Test func `a suspect is free again when it has answered, or after its time`() {
    var suspects = suspects()
    #expect(suspects.standing(of: "a", at: 0) == .free)
    suspects.suspect("a", at: 0)
    suspects.suspect("b", at: 0)
    #expect(suspects.standing(of: "a", at: 99) == .suspect && suspects.standing(of: "b", at: 99) == .suspect)
    suspects.answered("a")
    #expect(suspects.standing(of: "a", at: 99) == .free)
    #expect(suspects.standing(of: "b", at: 100) == .free && suspects.count == 0)
  }

  @Test func `a suspicion is not prolonged by another`() {
    var suspects = suspects()
    suspects.suspect("a", at: 0)
    suspects.suspect("a", at: 99)
    #expect(suspects.standing(of: "a", at: 100) == .free)
  }

  @Test func `a culprit's answer does not free it, only its time does`() {
    var suspects = suspects()
    suspects.convict("a", at: 0)
    suspects.answered("a")
    suspects.suspect("a", at: 10)
    #expect(suspects.standing(of: "a", at: 999) == .culprit)
    suspects.convict("a", at: 999)
    #expect(suspects.standing(of: "a", at: 1_998) == .culprit)
    #expect(suspects.standing(of: "a", at: 1_999) == .free)
  }

  @Test func `no more are remembered than the limit, the oldest go first`() {
    var suspects = PosterSuspects(suspicion: 1_000_000, quarantine: 1_000_000)
    for number in 0...PosterSuspects.limit { suspects.convict("\(number)", at: Int64(number)) }
    #expect(suspects.count == PosterSuspects.limit)
    #expect(suspects.standing(of: "0", at: 0) == .free && suspects.standing(of: "1", at: 0) == .culprit)
  }
}
