import Foundation

/// Starts the sandbox and the four services, and looks at what they hold while nothing happens.
struct IdleBench {
  let runs: Int

  init(runs: Int) { self.runs = runs }

  func run() async throws -> [Figure] {
    var starts: [Double] = []
    var resident: [String: [Double]] = [:]
    var own: [String: [Double]] = [:]
    var afterwards: [Figure] = []
    for run in 0..<runs {
      let world = try ServiceWorld()
      starts.append(try world.start())
      try await Task.sleep(for: .seconds(3))
      for process in world.services {
        resident[process.name, default: []].append(try process.memory("VmRSS"))
        own[process.name, default: []].append(try process.memory("RssAnon"))
      }
      if run == runs - 1 {
        try world.playMainJob()
        for process in world.services {
          afterwards.append(Figure("idle_rss_after_main_job.\(process.name)", try process.memory("VmRSS"), "MiB"))
        }
      }
      try world.stop()
    }
    var figures = [Figure("idle_ready_after", Samples.median(starts), "s", atMost: 2)]
    for name in resident.keys.sorted() {
      figures += [
        Figure("idle_rss.\(name)", Samples.median(resident[name] ?? []), "MiB", atMost: 40),
        Figure("idle_rss_anonymous.\(name)", Samples.median(own[name] ?? []), "MiB"),
      ]
    }
    return figures + afterwards
  }
}
