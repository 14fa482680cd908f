import Contracts
import Glibc
import JSON
import Telemetry
import Transport

/// One session at a time, from the request to `verified`; and some with calls that take as long as in life.
struct SessionBench {
  let world: VerificationWorld
  let runs: Int
  private let sessionsPerRun = 40
  private let liveSessions = 24
  /// The target, in seconds.
  private let most = 15.0

  init(world: VerificationWorld, runs: Int) {
    self.world = world
    self.runs = runs
  }

  func run() throws -> [Figure] { try quick() + live() }

  private func quick() throws -> [Figure] {
    Progress.tell("sessions, one after the other")
    let lines = world.lines.prefix(sessionsPerRun)
    var (p50, p99): ([Double], [Double]) = ([], [])
    for _ in 0..<runs {
      var seconds: [Double] = []
      for line in lines {
        try world.makeUnverified(line)
        let begun = MonotonicClock.now
        let id = try world.start(line)
        try follow(id)
        seconds.append(Double(MonotonicClock.now - begun) / 1e9)
        try world.settled([id])
      }
      p50.append(Samples.percentile(seconds, 0.5))
      p99.append(Samples.percentile(seconds, 0.99))
    }
    let note =
      "\(lines.count) sessions one after the other, request to verified; Meta rings 0.3 s after it was asked, its call's "
      + "sound passes a thousand times faster than in life (some 15 ms), the recording can be fetched 0.1 s later, and "
      + "the engine answers at once. Nothing is taken off"
    return [
      Figure("verification_session_p50", Samples.median(p50), "s"),
      Figure("verification_session_p99", Samples.median(p99), "s", atMost: most).noted(note),
    ]
  }

  /// Waits for the end of a session, as a console does.
  private func follow(_ id: String) throws {
    var after = ""
    while true {
      let page = try world.registry.call("GET", "/v1/verifications/\(id)/events?wait_ms=5000&limit=100\(after)")
      for step in page["data"]?.array ?? [] {
        let state = step["to"]?.string ?? ""
        if state == "verified" { return }
        if state == "needs_a_listener" || VerificationWorld.over.contains(state) {
          throw BenchFailure("a session is \(state): \(try world.verification(id))")
        }
      }
      guard let position = page["position"]?.string else { throw BenchFailure("no position in the steps") }
      after = "&after=\(position)"
    }
  }

  /// A new session every 250 ms; the times are both of this machine's clock.
  private func live() throws -> [Figure] {
    Progress.tell("sessions whose calls take as long as in life")
    let lines = world.lines.suffix(liveSessions)
    var begun: [(line: VerificationWorld.Line, id: String, at: Int64)] = []
    for line in lines {
      try world.makeUnverified(line)
      try world.sandbox.call("POST", "/control/carrier/script", ["to": .string(line.phone), "live": true])
      let at = WallClock.system.now
      begun.append((line, try world.start(line), at))
      usleep(UInt32(max(0, 250 - (WallClock.system.now - at))) * 1_000)
    }
    var (whole, machine, sound): ([Double], [Double], [Double]) = ([], [], [])
    for (line, id, at) in begun {
      try follow(id)
      let steps = try world.steps(id)
      let calls = try world.sandbox.call("GET", "/control/carrier/calls?to=\(line.phone)")["calls"]?.array ?? []
      guard let end = steps.last(where: { $0["to"] == "verified" })?["at"]?.string,
        let seconds = calls.last?["recordings"]?[0]?["seconds"]?.int64, seconds > 1
      else { throw BenchFailure("a session of \(line.phone) has no end or no call") }
      let session = Double(try Timestamp(parsing: end).milliseconds - at) / 1_000
      whole.append(session)
      sound.append(Double(seconds))
      // The carrier tells begun seconds.
      machine.append(session - Double(seconds - 1))
    }
    try world.settled(begun.map(\.id))
    let note =
      "\(liveSessions) sessions, one begun every 250 ms; the call is heard at the speed of life, "
      + "\(Int(Samples.median(sound))) s of sound as the carrier counts begun seconds. Machine time is the session less "
      + "that sound, less one second the fewer; the ringing and the carrier's storing are still in it. The sandbox's "
      + "engine answers at once: a real one's time comes on top"
    return [
      Figure("verification_live_session_p50", Samples.percentile(whole, 0.5), "s"),
      Figure("verification_live_machine_time_p50", Samples.percentile(machine, 0.5), "s"),
      Figure("verification_live_machine_time_p99", Samples.percentile(machine, 0.99), "s", atMost: most).noted(note),
    ]
  }
}
