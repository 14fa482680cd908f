import Contracts
import Foundation
import TestSupport
import Testing

@testable import MessagingRouter

/// What the rules say of sending now, and the tables that people read.
@Suite struct SendingRuleTests {
  private func verdict(
    _ type: String, category: String? = nil, window: Int64? = nil, expires: Int64? = nil, blocked: Bool = false
  ) -> String {
    switch SendingRule.mayStillSend(
      type: type, category: category, windowExpiresAt: window, expiresAt: expires, blocksMarketing: blocked, at: 1_000)
    {
    case .send: "send"
    case .expired: "expired"
    case .refuse(let error): error.code
    }
  }

  @Test func `the window is needed for everything but templates, to the millisecond`() {
    #expect(verdict("text", window: 1_001) == "send")
    #expect(verdict("text", window: 1_000) == "SESSION_EXPIRED" && verdict("image") == "SESSION_EXPIRED")
    #expect(verdict("template", category: "utility") == "send")
  }

  @Test func `marketing goes to nobody who refused it, and other templates do`() {
    #expect(verdict("template", category: "marketing", blocked: true) == "OPTED_OUT")
    #expect(verdict("template", category: "utility", blocked: true) == "send")
    #expect(verdict("text", window: 2_000, blocked: true) == "send")
  }

  @Test func `what is too late is expired, whatever else is wrong with it`() {
    #expect(verdict("text", window: 0, expires: 1_000) == "expired")
    #expect(verdict("text", window: 2_000, expires: 1_001) == "send")
  }

  @Test func `send_at and its end have bounds`() {
    func failure(_ sendAt: Int64?, _ seconds: Int?) -> SendTimes.Failure? {
      do throws(SendTimes.Failure) {
        try SendTimes.check(sendAt: sendAt, expiresInSeconds: seconds, at: 1_000)
        return nil
      } catch {
        return error
      }
    }
    let month = SendTimes.furthest
    #expect(failure(nil, nil) == nil && failure(1_001, nil) == nil && failure(1_000 + month, nil) == nil)
    #expect(failure(1_000, nil) == .sendAt && failure(1_001 + month, nil) == .sendAt)
    #expect(failure(.max, nil) == .sendAt && failure(.min, nil) == .sendAt)
    #expect(failure(nil, 60) == nil && failure(nil, 2_592_000) == nil)
    #expect(failure(nil, 59) == .expiry && failure(nil, 2_592_001) == .expiry)
  }

  @Test func `a window is open, over, or has never been`() {
    let open = SessionStatus(windowExpiresAt: 1_000 + 90_000, at: 1_000)
    #expect(open.isOpen && open.canSendFreeform && !open.requiresTemplate && open.minutesRemaining == 1)
    #expect(open.expiresAt == Timestamp(milliseconds: 91_000) && open.expiredAt == nil)
    let over = SessionStatus(windowExpiresAt: 1_000, at: 1_000)
    #expect(!over.isOpen && over.requiresTemplate && over.minutesRemaining == 0 && over.expiresAt == nil)
    #expect(over.expiredAt == Timestamp(milliseconds: 1_000))
    let never = SessionStatus(windowExpiresAt: nil, at: 1_000)
    #expect(!never.isOpen && never.expiresAt == nil && never.expiredAt == nil)
    #expect(Set([open.message, over.message, never.message]).count == 3)
  }

  private static let path = SourceTree.root + "/Services/MessagingRouter/README.md"
  private static let marks = (start: "<!-- generated: refusals -->\n", end: "<!-- end of refusals -->\n")

  /// `WSS_WRITE_DOCS=1 scripts/test --filter SendingRuleTests` writes it anew.
  @Test func `the table of refusals is what the code says`() throws {
    let text = try String(contentsOfFile: Self.path, encoding: .utf8)
    let start = try #require(text.firstRange(of: Self.marks.start)).upperBound
    let end = try #require(text.firstRange(of: Self.marks.end)).lowerBound
    let generated = SendRefusal.table
    if ProcessInfo.processInfo.environment["WSS_WRITE_DOCS"] == "1" {
      try (text[..<start] + generated + text[end...]).write(toFile: Self.path, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start..<end] == generated, "run WSS_WRITE_DOCS=1 scripts/test --filter SendingRuleTests")
    }
    let codes = SendRefusal.allCases.map(\.rawValue) + ContentProblem.Code.allCases.map(\.rawValue)
    #expect(Set(codes).count == codes.count)
  }
}
