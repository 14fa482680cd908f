import Contracts
import GraphAPI
import Testing

@testable import SenderRegistry

@Suite struct SenderTransitionTests {
  private static let why = SenderReason(code: "WHY", message: "because", nextStep: "wait")
  private static let states: [SenderStatus] = [.pending, .connecting, .online, .offline, .suspended, .failed]
  private static let blockedNumber = MetaHealth(
    GraphHealth(
      canSendMessage: "BLOCKED",
      entities: [
        .init(
          type: "PHONE_NUMBER", canSendMessage: "BLOCKED",
          errors: [.init(code: 141_000, description: "not registered", solution: "Register it.")])
      ]))
  private static let blockedAccount = MetaHealth(
    GraphHealth(canSendMessage: "BLOCKED", entities: [.init(type: "WABA", canSendMessage: "BLOCKED", errors: [])]))
  private static let limited = MetaHealth(
    GraphHealth(
      canSendMessage: "LIMITED",
      entities: [
        .init(
          type: "BUSINESS", canSendMessage: "LIMITED",
          errors: [.init(code: 141_010, description: "not verified", solution: nil)]),
        .init(type: "MESSAGE_TEMPLATE", canSendMessage: "BLOCKED", errors: []),
      ]))

  /// Event, then the state it leads to from pending, connecting, online, offline, suspended, failed; nil = refused.
  private static let table: [(SenderEvent, [SenderStatus?])] = [
    (.connectRequested, [.connecting, nil, .connecting, .connecting, .connecting, .connecting]),
    (.codeNeeded(why), [nil, .pending, nil, nil, nil, nil]),
    (.codeAccepted, [.connecting, .connecting, nil, nil, nil, nil]),
    (.codeRefused(why), [.pending, nil, nil, nil, nil, nil]),
    (.stepNeeded([why]), [.pending, nil, nil, nil, nil, nil]),
    (.signupStopped(why), [.pending, nil, nil, nil, nil, .pending]),
    (.onboardingFailed(why), [nil, .failed, nil, nil, nil, nil]),
    (.reconnectFailed, [nil, .online, nil, nil, nil, nil]),
    (.numberRead(.connected), Array(repeating: .online, count: 6)),
    (.numberRead(.connected, health: limited), Array(repeating: .online, count: 6)),
    (.numberRead(.connected, health: blockedNumber), Array(repeating: .offline, count: 6)),
    (.numberRead(.connected, health: blockedAccount), Array(repeating: .suspended, count: 6)),
    (.numberRead(.banned), Array(repeating: .suspended, count: 6)),
    (.numberRead(.restricted), Array(repeating: .suspended, count: 6)),
    (.numberRead(.restricted, health: blockedNumber), Array(repeating: .suspended, count: 6)),
    (.numberRead(.pending), Array(repeating: .offline, count: 6)),
    (.numberRead(.disconnected), Array(repeating: .offline, count: 6)),
    (.numberRead(.rateLimited), Array(repeating: .offline, count: 6)),
    (.numberRead(.unverified), Array(repeating: .offline, count: 6)),
    (.numberRead(.migrated), Array(repeating: .offline, count: 6)),
    (.numberRead(.deleted), Array(repeating: .offline, count: 6)),
    (.numberRead(.other("NEW")), Array(repeating: .offline, count: 6)),
    (.disabled, [nil, nil, .offline, .offline, .offline, nil]),
    (.enabled, [nil, nil, .online, .offline, .suspended, nil]),
    (.tokenRefused, [nil, nil, .offline, .offline, .offline, nil]),
    (.readRefused(why, isPolicy: false), [nil, nil, .offline, .offline, .offline, nil]),
    (.readRefused(why, isPolicy: true), [nil, nil, .suspended, .suspended, .suspended, nil]),
    (.accountBanned(why), [nil, nil, .suspended, .suspended, .suspended, nil]),
    (.accessLost(why), [nil, nil, .offline, .offline, .offline, nil]),
    (.waitedTooLong(why), [.pending, .connecting, nil, nil, nil, nil]),
  ]

  /// A state with the reasons it has in life.
  private static func condition(_ status: SenderStatus) -> SenderCondition {
    SenderCondition(status, status == .online ? [] : [SenderReason(code: "OLD", message: "old", nextStep: "none")])
  }

  @Test func `every event in every state leads where the table says`() {
    #expect(Set(Self.states) == Set(SenderStatus.allCases))
    #expect(Set(Self.table.map { $0.0.name }).count == 16)
    for (event, expected) in Self.table {
      for (state, next) in zip(Self.states, expected) {
        let found = try? SenderTransition.apply(event, to: Self.condition(state)).get()
        #expect(found?.status == next, "\(event.name) in \(state)")
      }
    }
  }

  /// Switched off, a sender is in one state only; whatever happens it stays there, until it is switched on.
  @Test func `a sender that is switched off stays offline whatever Meta says`() {
    let off = SenderCondition(.offline, [.disabledByHand])
    for (event, expected) in Self.table {
      let found = try? SenderTransition.apply(event, to: off, isEnabled: false).get()
      if event == .enabled {
        #expect(found == SenderCondition(.offline, [.stateUnread]))
      } else if event == .connectRequested || expected[3] == nil {
        #expect(found == nil, "\(event.name)")
      } else {
        #expect(found?.status == .offline && found?.reasons.first == .disabledByHand, "\(event.name)")
      }
    }
    let banned = try? SenderTransition.apply(.numberRead(.banned), to: off, isEnabled: false).get()
    #expect(banned?.reasons.map(\.code) == ["DISABLED_BY_HAND", "NUMBER_BANNED"])
    let broken = SenderCondition(.offline, [.disabledByHand, .reconnectNeeded])
    let enabled = try? SenderTransition.apply(.enabled, to: broken, isEnabled: false).get()
    #expect(enabled?.reasons == [.reconnectNeeded])
  }

  @Test(arguments: 1...20)
  func `whatever happens, a sender has reasons exactly while it is not online`(seed: UInt64) {
    var numbers = SplitMix(state: seed)
    var condition = SenderCondition(.pending, [.signupNeeded])
    var isEnabled = true
    for _ in 0..<500 {
      let event = Self.table[Int(numbers.next() % UInt64(Self.table.count))].0
      guard let next = try? SenderTransition.apply(event, to: condition, isEnabled: isEnabled).get() else { continue }
      condition = next
      if event == .disabled { isEnabled = false }
      if event == .enabled { isEnabled = true }
      #expect(condition.reasons.isEmpty == (condition.status == .online), "seed \(seed): \(event.name)")
      #expect(condition.reasons.allSatisfy { !$0.message.isEmpty && !$0.nextStep.isEmpty })
      #expect(isEnabled || condition.status == .offline, "seed \(seed): \(event.name)")
      #expect(Set(condition.reasons.map(\.code)).count <= 4, "seed \(seed): \(condition.reasons)")
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

  @Test func `health is told in Meta's words, and templates are not the number's`() {
    #expect(Self.blockedNumber.reasons.first?.message.contains("not registered (code 141000)") == true)
    #expect(Self.blockedNumber.reasons.first?.nextStep == "Register it.")
    #expect(Self.limited.warnings.map(\.code) == ["MESSAGING_LIMITED"])
    #expect(Self.limited.reasons.isEmpty && !Self.limited.isBlocked)
    let new = MetaHealth(GraphHealth(canSendMessage: "SLOWED"))
    #expect(!new.isBlocked && new.warnings.count == 1)
    #expect(MetaHealth(nil) == .unknown && MetaHealth(GraphHealth(canSendMessage: "AVAILABLE")) == .unknown)
    #expect(MetaHealth(GraphHealth(canSendMessage: "BLOCKED")).reasons.count == 1)
  }
}

/// Numbers that look random and are the same in every run.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
