import Contracts
import Testing

@testable import SenderRegistry

@Suite struct SenderTransitionTests {
  private static let why = SenderReason(code: "WHY", message: "because", nextStep: "wait")

  /// Event, then the state it leads to from pending, connecting, online, offline, suspended, failed; nil = refused.
  private static let table: [(SenderEvent, [SenderStatus?])] = [
    (.connectRequested, [.connecting, nil, .connecting, .connecting, .connecting, .connecting]),
    (.codeNeeded(why), [nil, .pending, nil, nil, nil, nil]),
    (.codeAccepted, [.connecting, .connecting, nil, nil, nil, nil]),
    (.codeRefused(why), [.pending, nil, nil, nil, nil, nil]),
    (.onboardingFailed(why), [nil, .failed, nil, nil, nil, nil]),
    (.reconnectFailed, [nil, .online, nil, nil, nil, nil]),
    (.numberRead(.connected), Array(repeating: .online, count: 6)),
    (.numberRead(.banned), Array(repeating: .suspended, count: 6)),
    (.numberRead(.restricted), Array(repeating: .suspended, count: 6)),
    (.numberRead(.pending), Array(repeating: .offline, count: 6)),
    (.numberRead(.other("NEW")), Array(repeating: .offline, count: 6)),
  ]

  @Test func `every event in every state leads where the table says`() throws {
    let states: [SenderStatus] = [.pending, .connecting, .online, .offline, .suspended, .failed]
    #expect(Set(states) == Set(SenderStatus.allCases))
    for (event, expected) in Self.table {
      for (state, next) in zip(states, expected) {
        let found = try? SenderTransition.apply(event, to: state).get()
        #expect(found?.status == next, "\(event.name) in \(state)")
        if let found {
          // Online needs no reason; every other state that a person can be stuck in has one.
          #expect(
            found.reasons.isEmpty == (found.status == .online || found.status == .connecting), "\(event) \(state)")
        }
      }
    }
  }

  @Test func `only CONNECTED sends and an unknown state of Meta's does not`() {
    let words = [
      "CONNECTED", "PENDING", "DISCONNECTED", "RESTRICTED", "BANNED", "RATE_LIMITED", "UNVERIFIED", "MIGRATED",
      "DELETED", "FLAGGED", "", "connected",
    ]
    for word in words {
      let state = MetaNumberState(word)
      #expect((state.status == .online) == (word == "CONNECTED"), "\(word)")
      #expect((state.reason == nil) == (word == "CONNECTED"), "\(word)")
    }
    #expect(MetaNumberState(nil).status == .offline)
    #expect(MetaNumberState("BANNED").status == .suspended)
  }
}
