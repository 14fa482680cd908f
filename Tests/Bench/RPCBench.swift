import Crypto
import Foundation
import Glibc
import Telemetry
import Transport
import Wire

/// Typed calls between two processes over loopback, and the floors they are measured against.
enum RPCBench {
  static func run(runs: Int) async throws -> [Figure] {
    var figures: [Figure] = []
    let loop = try EventLoop(name: "bench-client")
    defer { loop.stop() }

    let bare = try await withChild("blocking") { child in
      try await median(of: runs) { try blockingLatency(child.port, calls: 20_000) }
    }
    let frames = try await withChild("frames") { child in
      try await median(of: runs) { try await RPCBenchFrames.rate(loop, port: child.port, inFlight: 64, total: 400_000) }
    }
    try await withChild("calls") { child in
      let peer = try child.peer(loop)
      _ = try await rate(loop, peer, inFlight: 64, total: 50_000)
      let (ours, theirs) = (clock(), child.processorSeconds)
      let calls = try await median(of: runs) { try await rate(loop, peer, inFlight: 64, total: 200_000) }
      let made = Double(runs) * 200_000
      let clientTime = Double(clock() - ours) / Double(CLOCKS_PER_SEC) / made
      let serverTime = (child.processorSeconds - theirs) / made
      let latency = try await median(of: runs) { try await self.latency(loop, peer, calls: 20_000) }
      let before = child.residentKiB
      let many = try await median(of: runs) { try await rate(loop, peer, inFlight: 10_000, total: 200_000) }
      let between = child.residentKiB
      for _ in 0..<3 { _ = try await rate(loop, peer, inFlight: 10_000, total: 200_000) }
      let after = child.residentKiB
      figures += [
        Figure("rpc_calls_64_in_flight", calls, "calls/s", atLeast: 50_000),
        Figure("rpc_frames_64_in_flight_floor", frames, "frames/s"),
        Figure("rpc_calls_to_frames", calls / frames, "ratio"),
        // These hold on a busy machine too: below 20 us each, two free cores make 50,000 a second.
        Figure("rpc_client_processor_time", clientTime * 1e6, "us/call", atMost: 20),
        Figure("rpc_server_processor_time", serverTime * 1e6, "us/call", atMost: 20),
        Figure("rpc_latency_p50", latency * 1e6, "us"),
        Figure("rpc_echo_latency_p50_floor", bare * 1e6, "us"),
        Figure("rpc_latency_to_echo", latency / bare, "ratio", atMost: 3),
        Figure("rpc_calls_10000_in_flight", many, "calls/s"),
        Figure("rpc_server_memory_before", before, "KiB"),
        Figure("rpc_server_memory_at_10000_in_flight", between, "KiB"),
        Figure("rpc_server_growth_afterwards", after - between, "KiB", atMost: 1_024),
      ]
      await peer.close()
    }
    return figures
  }

  // MARK: What is measured

  private static func rate(_ loop: EventLoop, _ peer: Peer, inFlight: Int, total: Int) async throws -> Double {
    let begun = MonotonicClock.now
    let each = total / inFlight
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<inFlight {
        group.addTask(executorPreference: loop) {
          for _ in 0..<each { _ = try await peer.call(RPCBenchCall.sample) }
        }
      }
      try await group.waitForAll()
    }
    return Double(each * inFlight) / (Double(MonotonicClock.now - begun) / 1e9)
  }

  /// Seconds of the median call, one at a time.
  private static func latency(_ loop: EventLoop, _ peer: Peer, calls: Int) async throws -> Double {
    let task = Task(executorPreference: loop) {
      var times: [Int64] = []
      for _ in 0..<calls {
        let begun = MonotonicClock.now
        _ = try await peer.call(RPCBenchCall.sample)
        times.append(MonotonicClock.now - begun)
      }
      return times
    }
    return median(try await task.value)
  }

  private static func blockingLatency(_ port: Int, calls: Int) throws -> Double {
    let frame = try RPCBenchFrames.sample()
    let descriptor = try RPCBenchSocket.connect(port)
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var times: [Int64] = []
    for _ in 0..<calls {
      let begun = MonotonicClock.now
      _ = send(descriptor, frame, frame.count, 0)
      var received = 0
      while received < frame.count, case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
        received += count
      }
      times.append(MonotonicClock.now - begun)
    }
    return median(times)
  }

  private static func median(_ nanoseconds: [Int64]) -> Double {
    Double(nanoseconds.sorted()[nanoseconds.count / 2]) / 1e9
  }

  private static func median(of runs: Int, _ measure: () async throws -> Double) async throws -> Double {
    var values: [Double] = []
    for _ in 0..<runs { values.append(try await measure()) }
    return values.sorted()[runs / 2]
  }

  // MARK: The other process

  private struct Child {
    let process: Process
    let port: Int
    let keys: PairKeys

    func peer(_ loop: EventLoop) throws -> Peer {
      var limits = RPCLimits()
      limits.inFlightPerConnection = 20_000
      limits.waitingForConnection = 20_000
      return Peer(
        loop: loop, service: .operator, peer: .messagingRouter, host: "127.0.0.1", port: port, keys: keys,
        limits: limits, log: .silent, metrics: Metrics())
    }

    /// User and system time so far.
    var processorSeconds: Double {
      let stat = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)) ?? ""
      let fields = stat.split(separator: " ")
      return fields.count > 15 ? ((Double(fields[13]) ?? 0) + (Double(fields[14]) ?? 0)) / 100 : 0
    }

    /// Resident memory of the process.
    var residentKiB: Double {
      let status = (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
      return line.flatMap { Double($0.split(separator: " ").dropLast().last ?? "") } ?? 0
    }
  }

  private struct ChildFailure: Error {}

  /// Starts this executable again as a server of `kind`, and ends it afterwards.
  @discardableResult
  private static func withChild<Value>(_ kind: String, _ body: (Child) async throws -> Value) async throws -> Value {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [RPCBenchChild.argument, kind]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    defer {
      try? input.fileHandleForWriting.close()
      process.waitUntilExit()
    }
    let key = Secret(RandomBytes.make(32))
    let theirs = PairKeys.makeLine(peer: .operator, keyID: "bench", key: key)
    try input.fileHandleForWriting.write(contentsOf: Data(theirs.utf8))
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw ChildFailure() }
    let keys = try PairKeys(parsing: PairKeys.makeLine(peer: .messagingRouter, keyID: "bench", key: key))
    return try await body(Child(process: process, port: port, keys: keys))
  }
}
