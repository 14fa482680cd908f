import Foundation
import Glibc
import JSON
import Store
import TestSupport
import Transport
import Verifier
import Wire

/// The verifier is killed hundreds of times while several numbers are verified over and over: no number stays switched,
/// and no code reaches Meta twice.
struct VerifierKillBench {
  let world: VerificationWorld
  private let kills = 500
  private let seed: UInt64 = 20_261_122
  /// Milliseconds between a start and the kill.
  private let pause: ClosedRange<UInt64> = 5...160
  /// Sessions under way at once.
  private let width = 24
  /// The registry dials a peer that comes and goes with pauses up to two seconds: most kills do not wait for it.
  private let killsPerLook = 10

  init(world: VerificationWorld) { self.world = world }

  func run() async throws -> [Figure] {
    Progress.tell("\(kills) kills of the verifier")
    let tender = SessionTender(world: world, width: width)
    try world.sandbox.call(
      "PUT", "/control/carrier/calls", ["call_delay_ms": 60, "recording_delay_ms": 0, "callback_retry_ms": 20])
    try orderFaults()
    let before = try world.submissions()
    var (found, sessions) = ([String: Int](), 0)
    var chance = Draw(seed: seed)
    let begun = MonotonicClock.now
    for kill in 0..<kills {
      if kill % killsPerLook == 0 {
        try world.wait("the registry finds the verifier", every: 5) {
          try world.registry.ask("GET", "/v1/verifications?limit=1").status == 200
        }
        if tender.isExhausted { try tender.rest(isLast: false) }
        try tender.tend(beginning: true)
      }
      usleep(UInt32(chance.next(in: pause) * 1_000))
      try world.services.kill(.verifier)
      tender.note(try await states())
      for (state, count) in tender.states {
        found[state, default: 0] += count
        sessions += count
      }
      try world.services.launch(.verifier)
      _ = try world.services.ports(.verifier)
      try tender.callAgain()
      if (kill + 1) % 50 == 0 {
        let seconds = (MonotonicClock.now - begun) / 1_000_000_000
        Progress.tell(
          "\(kill + 1) kills in \(seconds) s, \(tender.begun) verifications begun, found \(Self.text(found))")
      }
    }
    try world.wait("the registry finds the verifier", every: 5) {
      try world.registry.ask("GET", "/v1/verifications?limit=1").status == 200
    }
    try world.sandbox.call("DELETE", "/control/faults")
    Progress.tell("kills are over; everything comes to rest")
    try tender.rest(isLast: true)
    let changed = try restored()
    let after = try world.submissions()
    let note =
      "kill -9, \(pause.lowerBound) to \(pause.upperBound) ms after a start or a look, \(width) sessions under way; "
      + "Meta, the carrier and the engine answer late, and some answers are lost. On the disk after the kills: "
      + Self.text(found)
    try world.sandbox.call(
      "PUT", "/control/carrier/calls", ["call_delay_ms": 300, "recording_delay_ms": 100, "callback_retry_ms": 200])
    return [
      Figure("kill_count", Double(kills), "kills", atLeast: 500).noted(note),
      Figure("kill_sessions_open_at_kills", Double(sessions), "sessions"),
      Figure("kill_verifications_begun", Double(tender.begun), "sessions", atLeast: Double(kills)),
      Figure("kill_codes_handed_in", Double(after.all - before.all), "codes", atLeast: 1),
      Figure("kill_routes_not_restored", Double(changed), "numbers", atMost: 0),
      Figure("kill_codes_submitted_twice", Double(after.twice - before.twice), "codes", atMost: 0),
      Figure("kill_took", Double(MonotonicClock.now - begun) / 1e9, "s").noted(
        "at their ends: \(Self.text(tender.ends)); Meta called once more \(tender.calledAgain) times, a person typed "
          + "\(tender.typed) codes, \(tender.cancelled) were cancelled"),
    ]
  }

  /// Meta and the carrier take their time, so that kills find them at work; some of their answers are lost.
  private func orderFaults() throws {
    for (door, milliseconds) in [
      ("graph.request_code", 80), ("graph.verify_code", 120), ("carrier.update", 40), ("carrier.recordings", 80),
      ("speech", 120),
    ] {
      try world.sandbox.call(
        "POST", "/control/faults",
        [
          "target": .string(door), "kind": "delay", "count": 0, "probability": 0.5,
          "parameters": ["milliseconds": .integer(Int64(milliseconds))],
        ])
    }
    for (door, probability) in [("graph.verify_code", 0.1), ("carrier.update", 0.05)] {
      try world.sandbox.call(
        "POST", "/control/faults",
        ["target": .string(door), "kind": "close_after_reading", "count": 0, "probability": .number(probability)])
    }
  }

  /// The newest verifications' states by id, as the killed verifier left them on the disk.
  private func states() async throws -> [String: String] {
    let copy = try TemporaryDirectory()
    let path = world.services.files.dataDirectory(.verifier) + "/verifier.sqlite"
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy.file("copy.sqlite" + suffix))
    }
    let database = try Database(path: copy.file("copy.sqlite"), migrations: VerifierService.migrations)
    defer { database.close() }
    let rows = try await database.read { connection in
      try connection.all("SELECT id, state FROM verifications ORDER BY id DESC LIMIT 400", limit: 400) { row in
        (try row.text(0), try row.text(1))
      }
    }
    return Dictionary(uniqueKeysWithValues: rows)
  }

  /// Numbers whose route is not what it was, at the latest after a minute.
  private func restored() throws -> Int {
    let end = MonotonicClock.now + 60_000_000_000
    while true {
      let changed = try world.changedRoutes()
      if changed.isEmpty || MonotonicClock.now > end { return changed.count }
      usleep(100_000)
    }
  }

  private static func text(_ counts: [String: Int]) -> String {
    counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }
}

/// SplitMix64: the same seed draws the same pauses.
private struct Draw {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
    return range.lowerBound + (word ^ (word >> 31)) % UInt64(range.count)
  }
}
