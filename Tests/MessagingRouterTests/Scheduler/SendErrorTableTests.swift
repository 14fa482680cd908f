import Contracts
import Testing

@testable import MessagingRouter

/// Meta's error table as its page has it, written down a second time: what the product does with each row is compared
/// with what the row says.
@Suite struct SendErrorTableTests {
  struct Row: Sendable, CustomStringConvertible {
    var codes: [Int]
    var retry: SendErrorRule.Retry
    var scope: SendErrorRule.Scope = .message
    var needsAttention = false
    var description: String { "\(codes)" }
  }

  static let rows: [Row] = [
    Row(codes: [0, 190], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [3, 10, 200, 250, 299, 131_005], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [1], retry: .once),
    Row(codes: [2], retry: .backOff),
    Row(codes: [4], retry: .afterPause, scope: .account),
    Row(codes: [80_007], retry: .afterPause, scope: .account),
    Row(codes: [130_429], retry: .afterPause, scope: .sender),
    Row(codes: [131_056], retry: .pair, scope: .conversation),
    Row(codes: [131_048], retry: .never, scope: .broadcasts, needsAttention: true),
    Row(codes: [131_064], retry: .never),
    Row(codes: [133_016], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [33], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [100, 131_008, 131_009], retry: .never),
    Row(codes: [130_403, 131_021, 131_030], retry: .never),
    Row(codes: [130_472], retry: .never),
    Row(codes: [130_497], retry: .never),
    Row(codes: [368, 131_031], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [131_000, 131_016], retry: .backOff),
    Row(codes: [131_026], retry: .never),
    Row(codes: [131_037], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [131_042], retry: .never, scope: .sender, needsAttention: true),
    Row(codes: [131_045, 133_010], retry: .afterPause, scope: .sender, needsAttention: true),
    Row(codes: [131_047], retry: .never),
    Row(codes: [131_049], retry: .nextDay),
    Row(codes: [131_050], retry: .never),
    Row(codes: [131_051, 131_052, 131_053], retry: .never),
    Row(codes: [131_055, 134_100, 131_063], retry: .never),
    Row(codes: [131_057], retry: .afterPause, scope: .sender),
    Row(codes: [131_062], retry: .never),
    Row(codes: [132_000, 132_012, 132_018], retry: .never),
    Row(codes: [132_001], retry: .never),
    Row(codes: [132_005, 132_007], retry: .never),
    Row(codes: [132_015, 132_016], retry: .never),
    Row(codes: [132_068], retry: .never),
    Row(codes: [132_069], retry: .backOff),
    Row(codes: [133_004], retry: .backOff),
    Row(codes: [137_000], retry: .never),
    Row(codes: [138_000, 138_006, 138_999, 147_001, 147_005], retry: .never),
  ]

  @Test(arguments: rows)
  func `a row of Meta's table has its rule`(row: Row) throws {
    for code in row.codes {
      let rule = try #require(SendErrorTable.rule(for: code), "\(code)")
      #expect(rule.retry == row.retry, "\(code)")
      #expect(rule.scope == row.scope, "\(code)")
      #expect(rule.needsAttention == row.needsAttention, "\(code)")
      // People get a stable code, what happened, and what to do.
      #expect(!rule.code.isEmpty && rule.code == rule.code.uppercased() && !rule.code.hasPrefix("META_\(code)"))
      #expect(rule.meaning.hasSuffix(".") && rule.nextStep.hasSuffix("."))
      let error = SendErrors.error(forMeta: code)
      #expect(error.code == rule.code && error.metaCode == code && error.nextStep == rule.nextStep)
      #expect(error.isRetriable == rule.retry.isAutomatic)
    }
  }

  @Test func `no code has two rules, and every rule is of the table`() {
    for rule in SendErrorTable.rules {
      for range in rule.codes {
        for code in [range.lowerBound, range.upperBound] {
          #expect(SendErrorTable.rules.count { $0.covers(code) } == 1, "\(code)")
        }
      }
      #expect(
        Self.rows.contains { row in row.codes.contains { rule.covers($0) } }, "\(rule.code) is in no row of the table")
    }
  }

  @Test(arguments: rows)
  func `what follows from a refusal is what its rule says`(row: Row) throws {
    let now: Int64 = 1_000_000
    for code in row.codes {
      let error = SendErrors.error(forMeta: code)
      let (outcome, pause) = SendPolicy.refused(error, code: code, retryAfter: nil, attempts: 1, at: now)
      switch (row.retry, outcome) {
      case (.never, .failed), (.nextDay, .failed): break
      case (.once, .retry(let dueAt, _)), (.backOff, .retry(let dueAt, _)): #expect(dueAt == now + 1_000)
      case (.afterPause, .retry(let dueAt, _)), (.pair, .retry(let dueAt, _)):
        #expect(dueAt == pause?.until && dueAt > now)
      default: Issue.record("\(code): \(outcome)")
      }
      #expect(pause?.scope == (row.scope == .message ? nil : row.scope))
      #expect(pause?.needsAttention ?? false == row.needsAttention)
      // Told by a status webhook it holds the same things back.
      #expect(SendPolicy.pause(forMeta: code, error, at: now)?.scope == pause?.scope)
    }
  }

  @Test func `rate and maintenance errors use up no tries, Meta's own trouble six`() {
    for code in [4, 80_007, 130_429, 131_056, 131_057, 131_045, 133_010] {
      let (outcome, _) = SendPolicy.refused(
        SendErrors.error(forMeta: code), code: code, retryAfter: nil, attempts: 1_000, at: 0)
      guard case .retry = outcome else {
        Issue.record("\(code): \(outcome)")
        continue
      }
    }
    for (code, tries) in [(1, 2), (2, 6), (131_000, 6), (131_016, 6), (133_004, 6), (132_069, 6)] {
      let error = SendErrors.error(forMeta: code)
      let last = SendPolicy.refused(error, code: code, retryAfter: nil, attempts: tries, at: 0).outcome
      let before = SendPolicy.refused(error, code: code, retryAfter: nil, attempts: tries - 1, at: 0).outcome
      #expect(last == .failed(error) && before != .failed(error))
    }
  }

  @Test func `a pair that is refused again and again waits four times as long each time`() {
    let error = SendErrors.error(forMeta: 131_056)
    let waits = (1...6).map { tries in
      SendPolicy.refused(error, code: 131_056, retryAfter: nil, attempts: 9, pairTries: tries, at: 0).pause?.until
    }
    #expect(waits == [1_000, 4_000, 16_000, 64_000, 256_000, 256_000])
  }

  @Test func `codes that nobody has heard of fail unless Meta calls them transient`() {
    let strange = SendErrors.error(forMeta: 999_999)
    #expect(strange.code == "META_999999" && strange.nextStep != nil && !strange.isRetriable)
    #expect(
      SendPolicy.refused(strange, code: 999_999, retryAfter: nil, attempts: 1, at: 0).outcome == .failed(strange))
    let passing = SendErrors.error(forMeta: 999_999, isTransient: true)
    #expect(passing.isRetriable)
    #expect(
      SendPolicy.refused(passing, code: 999_999, retryAfter: nil, attempts: 1, at: 0).outcome
        == .retry(dueAt: 1_000, passing))
    #expect(SendErrors.error(forMeta: nil).code == "META_0")
  }
}
