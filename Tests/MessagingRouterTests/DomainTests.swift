import Contracts
import Testing

@testable import MessagingRouter

@Suite struct DomainTests {
  @Test func `a status only moves forward`() {
    let order: [MessageStatus] = [.queued, .sending, .unknown, .accepted, .sent, .delivered, .read, .played]
    for (place, current) in order.enumerated() {
      for (other, news) in order.enumerated() {
        #expect(StatusLadder.advance(current, to: news) == (other > place ? news : nil))
      }
      #expect(StatusLadder.advance(.failed, to: current) == nil)
      #expect(StatusLadder.advance(.received, to: current) == nil)
      #expect(StatusLadder.advance(current, to: .failed) == ([.read, .played].contains(current) ? nil : .failed))
      // Only what never left can run out of time or be called off.
      for end in [MessageStatus.expired, .cancelled] {
        #expect(StatusLadder.advance(current, to: end) == (current == .queued ? end : nil))
        #expect(StatusLadder.advance(end, to: current) == nil)
      }
    }
  }

  @Test func `what Meta tells beats what somebody decided without knowing`() {
    for proof in [MessageStatus.sent, .delivered, .read, .played] {
      #expect(StatusLadder.advance(.failed, to: proof, isGuess: true) == proof)
      #expect(StatusLadder.advance(.failed, to: proof) == nil)
    }
    #expect(StatusLadder.advance(.failed, to: .accepted, isGuess: true) == nil)
    #expect(StatusLadder.advance(.failed, to: .failed, isGuess: true) == nil)
    #expect(StatusLadder.advance(.expired, to: .delivered, isGuess: true) == nil)
  }

  @Test func `read and played make a delivered once`() {
    #expect(StatusLadder.steps(for: .read, hasDelivered: false).map(\.status) == [.delivered, .read])
    #expect(StatusLadder.steps(for: .played, hasDelivered: false).map(\.isSynthesized) == [true, false])
    #expect(StatusLadder.steps(for: .read, hasDelivered: true).map(\.status) == [.read])
    #expect(StatusLadder.steps(for: .failed, hasDelivered: false).map(\.status) == [.failed])
  }

  @Test func `pauses grow fourfold and stay bounded`() {
    #expect((1...8).map { SendPolicy.backoff($0) } == [1, 4, 16, 64, 256, 256, 256, 256].map { $0 * 1_000 })
    #expect(SendPolicy.backoff(0) == 1_000 && SendPolicy.backoff(.max) == 256_000)
  }

  @Test func `an unreachable Meta is tried for hours, and given up at the hundredth try`() {
    guard case .retry = SendPolicy.notSent("x", attempts: 99, at: 0),
      case .failed = SendPolicy.notSent("x", attempts: 100, at: 0)
    else {
      Issue.record("an unreachable Meta is given up at the hundredth try")
      return
    }
  }

  @Test(arguments: [
    ("hello", "hello"), ("<think>a</think>b", "b"), ("a<think>b", "a"), ("<think>", ""), (" \n a \n", "a"),
    ("a<think>1</think>b<think>2</think>c", "abc"), ("</think>a", "</think>a"), ("<thin", "<thin"),
    ("<think>a<think>b</think>c", "c"),
  ])
  func `a model's thoughts are left out`(content: String, reply: String) {
    #expect(OpenAICompatibleChat.cleaned(content) == reply)
  }

  @Test func `a flood of thoughts costs one pass, and a cut falls between characters`() {
    let flood = String(repeating: "<think></think>", count: 70_000)
    #expect(OpenAICompatibleChat.cleaned(flood + "x") == "x")
    // A family of seven scalars does not fit a second time into the last places.
    let family = "👨‍👩‍👧‍👦"
    let long = String(repeating: "a", count: 4_090) + family
    #expect(OpenAICompatibleChat.cleaned(long) == String(repeating: "a", count: 4_090))
    #expect(OpenAICompatibleChat.cleaned(String(long.dropFirst())).hasSuffix(family))
  }
}
