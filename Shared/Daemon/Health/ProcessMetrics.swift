import Glibc
import Telemetry

/// The process's own numbers under the names that Prometheus' dashboards expect.
enum ProcessMetrics {
  static func register(in metrics: Metrics, service: String, clock: WallClock) {
    metrics.gauge(
      "wss_build_info", "1, with the version as a label.",
      labels: ["service": service, "version": ProductVersion.current]
    ).set(1)
    let startedAt = Double(clock.now) / 1_000
    metrics.collect("process_start_time_seconds", "When the process started, seconds since 1970.") { startedAt }
    metrics.collect("process_resident_memory_bytes", "Resident memory.") { statm(field: 1) * pageSize }
    metrics.collect("process_virtual_memory_bytes", "Virtual memory.") { statm(field: 0) * pageSize }
    metrics.collect("process_open_fds", "Open file descriptors.") { Double(openDescriptors()) }
    metrics.collectCounter("process_cpu_seconds_total", "Processor time used, user and system.") { processorSeconds() }
  }

  private static let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))

  private static func statm(field: Int) -> Double {
    guard case .success(let bytes) = SmallFile.read("/proc/self/statm", limit: 4_096) else { return .nan }
    let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
    return fields.indices.contains(field) ? Double(fields[field]) ?? .nan : .nan
  }

  private static func openDescriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // ".", ".." and the descriptor of this look itself.
    return max(0, count - 3)
  }

  private static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    let microseconds = Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + microseconds / 1e6
  }
}
