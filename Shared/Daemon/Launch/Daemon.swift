import Crypto
import FoundationEssentials
import Glibc
import Synchronization
import Telemetry
import Transport
import Wire

/// Runs a service as a process: arguments, settings, start, signals, stop, exit code.
package enum Daemon {
  /// The whole life of the process. Call it first thing in `main`, from the main thread, synchronously: the
  /// environment may only be changed while there is no other thread.
  package static func main<Service: ServiceDefinition>(_: Service.Type) -> Never {
    exit(run(Service.self, LaunchArguments(CommandLine.arguments.dropFirst()), ProcessInfo.processInfo.environment))
  }

  /// Everything but the end of the process: the exit code.
  static func run<Service: ServiceDefinition>(
    _: Service.Type, _ arguments: LaunchArguments, _ environment: [String: String]
  ) -> Int32 {
    if !arguments.problems.isEmpty {
      return refuse(.settings(SettingsFailure(problems: arguments.problems)), Service.name.rawValue)
    }
    switch arguments.mode {
    case .help:
      print(LaunchPlan<Service>.help)
      return 0
    case .version:
      print("\(Service.name) \(ProductVersion.current)")
      return 0
    case .check, .run: break
    }
    let sources = SettingsSources(
      arguments: arguments.values, environment: environment, filePath: arguments.settingsPath)
    do throws(LaunchFailure) {
      let plan = try LaunchPlan<Service>(sources)
      if arguments.mode == .check {
        for setting in plan.effective { print("\(setting.key)=\(setting.shown)  (\(setting.source.rawValue))") }
        print("\(Service.name): settings and keys are right")
        return 0
      }
      return try serve(plan)
    } catch {
      // A check answers one question, so it has one code for no.
      let code = refuse(error, Service.name.rawValue)
      return arguments.mode == .check ? 2 : code
    }
  }

  /// Starts the service, waits for a signal, stops it.
  private static func serve<Service: ServiceDefinition>(_ plan: LaunchPlan<Service>) throws(LaunchFailure) -> Int32 {
    var plan = plan
    do { try Service.prepareEnvironment(&plan.settings, plan.common) } catch { throw LaunchFailure(error) }
    var signals = StopSignals()
    raiseDescriptorLimit()
    let log = Log(
      service: Service.name.rawValue, level: plan.common.logLevel,
      redactionKey: plan.common.logRedactionKey?.bytes)
    let host = try ServiceHost(plan, log: log)
    let outcome = Mutex<LaunchFailure?>(nil)
    // Owned by this function: it does not return before the task has announced its end, or the process ends.
    let starting = host.runtime.loop.spawn {
      do { try await host.start() } catch {
        outcome.withLock { $0 = LaunchFailure(error) }
        StopSignals.announceEnd()
      }
    }
    let first = signals.next()
    if let failure = outcome.withLock({ $0 }) { throw failure }
    log.notice("service.stopping", ["signal": .string(first == .interrupt ? "SIGINT" : "SIGTERM")])
    let limit = plan.common.shutdownLimit
    // Owned as above.
    host.runtime.loop.spawn {
      // Stopping in the middle of a start would race with it; a cancelled start ends and cleans up by itself.
      starting.cancel()
      await starting.value
      // The rest of the limit is for closing what has drained.
      await host.stop(within: limit * 0.8)
      StopSignals.announceEnd()
    }
    while true {
      switch signals.next(within: Int(limit.components.seconds)) {
      case .terminate: continue
      case .ended:
        log.notice("service.stopped")
        log.flush()
        return 0
      case .interrupt, .timedOut:
        log.error("service.stop_cut", ["limit_seconds": .int(Int(limit.components.seconds))])
        log.flush()
        // Threads still run: no destructors, just the end. What was promised is on disk.
        _exit(1)
      }
    }
  }

  private static func refuse(_ failure: LaunchFailure, _ service: String) -> Int32 {
    let text = "\(service): \(failure)\n"
    LogSink.standardError.write(Array(text.utf8))
    return failure.exitCode
  }

  /// Connections are descriptors: take what the operator allows, up to more than the default limits can use.
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = min(limit.rlim_max, 131_072)
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
