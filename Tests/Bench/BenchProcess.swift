import Foundation
import Glibc

/// A program started for a measurement, and what the kernel knows of it.
final class BenchProcess {
  private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

  let name: String
  private let process = Process()
  private let log: String

  /// Starts `name` from the folder of this executable, with nothing but `environment`; its output goes to `log`.
  init(_ name: String, environment: [String: String] = [:], arguments: [String] = [], log: String) throws {
    self.name = name
    self.log = log
    let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let executable = folder.appendingPathComponent(name)
    guard FileManager.default.isExecutableFile(atPath: executable.path) else {
      throw BenchFailure("\(executable.path) is missing: swift build -c release --product \(name)")
    }
    var values = environment
    // A toolchain outside the loader's path.
    values["LD_LIBRARY_PATH"] = ProcessInfo.processInfo.environment["LD_LIBRARY_PATH"]
    guard FileManager.default.createFile(atPath: log, contents: nil) else { throw BenchFailure("cannot write \(log)") }
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    process.executableURL = executable
    process.arguments = arguments
    process.environment = values
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try output.close()
  }

  deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

  var isRunning: Bool { process.isRunning }

  /// Waits until `path` has something in it, looking every millisecond.
  func wait(for path: String, within limit: Duration) throws -> Data {
    let deadline = ContinuousClock.now + limit
    while true {
      if let data = FileManager.default.contents(atPath: path), !data.isEmpty { return data }
      if !process.isRunning { throw BenchFailure("\(name) ended at start: \(lastLines)") }
      if ContinuousClock.now > deadline { throw BenchFailure("\(name) is not ready after \(limit): \(lastLines)") }
      usleep(1_000)
    }
  }

  /// SIGTERM, and the end awaited. Throws when it did not end well.
  func stop() throws {
    if process.isRunning { process.terminate() }
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw BenchFailure("\(name) ended with \(process.terminationStatus): \(lastLines)")
    }
  }

  /// SIGKILL, and the end awaited.
  func endAtOnce() {
    kill(process.processIdentifier, SIGKILL)
    // Blocks until the kernel has ended it; `Process` alone hears of that through its run loop, later.
    var end = siginfo_t()
    while waitid(P_PID, id_t(process.processIdentifier), &end, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    process.waitUntilExit()
  }

  /// Waits for a program that ends by itself.
  func finish() throws {
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw BenchFailure("\(name) failed: \(lastLines)") }
  }

  /// Seconds of processor time so far, by the names of the threads.
  var processorSeconds: [String: Double] {
    let tasks = "/proc/\(process.processIdentifier)/task"
    var times: [String: Double] = [:]
    for thread in (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? [] {
      guard let stat = Self.read("\(tasks)/\(thread)/stat"), let open = stat.firstIndex(of: "("),
        let close = stat.lastIndex(of: ")")
      else { continue }
      // After the name, which may have spaces: state is the first field, utime the 12th, stime the 13th (proc(5)).
      let fields = stat[stat.index(after: close)...].split(separator: " ")
      if fields.count < 13 { continue }
      let ticks = (Double(fields[11]) ?? 0) + (Double(fields[12]) ?? 0)
      times[String(stat[stat.index(after: open)..<close]), default: 0] += ticks / Self.ticksPerSecond
    }
    return times
  }

  /// A line of /proc/PID/status, such as `VmRSS`, in MiB.
  func memory(_ field: String) throws -> Double {
    try Self.memory(field, of: identifier, name: name)
  }

  /// The kernel's number for it.
  var identifier: Int32 { process.processIdentifier }

  /// A line of /proc/PID/status, such as `VmRSS`, in MiB.
  static func memory(_ field: String, of identifier: Int32, name: String) throws -> Double {
    let status = read("/proc/\(identifier)/status") ?? ""
    for line in status.split(separator: "\n") where line.hasPrefix(field + ":") {
      if let kibibytes = line.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Double($0) }) {
        return kibibytes / 1024
      }
    }
    throw BenchFailure("\(name) shows no \(field)")
  }

  private var lastLines: String {
    (Self.read(log) ?? "").split(separator: "\n").suffix(5).joined(separator: "\n")
  }

  private static func read(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
