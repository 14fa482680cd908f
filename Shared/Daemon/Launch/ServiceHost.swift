import Crypto
import Glibc
import Synchronization
package import Telemetry
import Transport
import Wire

/// One service, started and stopped in order, inside any process: the daemon's, a test's, a demo's.
package final class ServiceHost<Service: ServiceDefinition>: Sendable {
  package let runtime: ServiceRuntime
  private let plan: LaunchPlan<Service>
  private let loopWatch: LoopWatch

  private struct State {
    var phase = ServicePhase.starting
    var service: Service?
    var listener: PrivateListener?
  }
  private let state = Mutex(State())

  /// Makes the event loop and what stands on it. `log` and `clock` are the caller's, so tests read and move them.
  package init(_ plan: LaunchPlan<Service>, log: Log, clock: WallClock = .system) throws(LaunchFailure) {
    self.plan = plan
    do {
      runtime = try ServiceRuntime(
        service: Service.name, loop: EventLoop(name: Service.name.rawValue), log: log, metrics: Metrics(),
        common: plan.common, pairKeys: plan.pairKeys, keyring: plan.keyring, clock: clock)
    } catch {
      throw LaunchFailure(error)
    }
    loopWatch = LoopWatch(runtime.loop, log: log, metrics: runtime.metrics)
  }

  /// The running service, for tests that look inside.
  package var service: Service? { state.withLock { $0.service } }

  /// The ports in use, 0 for what does not listen.
  package var ports: PortsFile {
    let addresses = runtime.addresses
    return PortsFile(
      service: Service.name.rawValue, processID: Int(getpid()), rpc: addresses.rpc, http: addresses.http,
      private: state.withLock { Int($0.listener?.address.port ?? 0) })
  }

  /// Starts everything: health first, so that a slow start can be watched, then the service itself.
  package func start() async throws(LaunchFailure) {
    do {
      ProcessMetrics.register(in: runtime.metrics, service: Service.name.rawValue, clock: runtime.clock)
      loopWatch.start()
      let listener = try PrivateListener(runtime) { await self.health() }
      try await listener.start()
      state.withLock { $0.listener = listener }
      let service = try await Service(settings: plan.settings, runtime: runtime)
      state.withLock { $0.service = service }
      try await service.start()
      try Task.checkCancellation()
      if let path = runtime.common.portsFile { try ports.write(to: path) }
      state.withLock { $0.phase = .running }
      runtime.startResealing()
    } catch {
      let failure = LaunchFailure(error)
      await stop(within: .seconds(1))
      throw failure
    }
    logStart()
  }

  /// Stops everything: no new work, running work finishes within `limit`, then peers, service, store, health.
  package func stop(within limit: Duration) async {
    let service = state.withLock { state in
      state.phase = .draining
      return state.service
    }
    if let path = runtime.common.portsFile { PortsFile.remove(path) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.runtime.drainListeners(within: limit) }
      group.addTask { await service?.drain(within: limit) }
    }
    await runtime.closePeers()
    await runtime.stopResealing()
    await service?.stop()
    runtime.closeDatabases()
    let listener = state.withLock { state in
      state.phase = .stopped
      state.service = nil
      defer { state.listener = nil }
      return state.listener
    }
    await listener?.stop()
    loopWatch.stop()
    runtime.log.flush()
    // A process that ends takes the loop's thread with it; a test that goes on must not collect threads.
    if !runtime.loop.isCurrent { runtime.loop.stop() }
  }

  private func health() async -> ServiceHealth {
    let (phase, service) = state.withLock { ($0.phase, $0.service) }
    var readiness = Readiness(isReady: false)
    if phase == .running, let service { readiness = await service.readiness() }
    for peer in runtime.missingPeers where readiness.degraded[peer.rawValue] == nil {
      readiness.degraded[peer.rawValue] = "not connected"
    }
    let problem = phase == .running ? await runtime.storeHealth.problem() : nil
    return ServiceHealth(service: Service.name, phase: phase, storeProblem: problem, readiness: readiness)
  }

  private func logStart() {
    for setting in plan.effective where setting.source != .standard {
      runtime.log.info(
        "service.setting",
        ["key": .string(setting.key), "value": .string(setting.shown), "source": .string(setting.source.rawValue)])
    }
    let ports = ports
    runtime.log.notice(
      "service.started",
      [
        "version": .string(ProductVersion.current), "pid": .int(ports.processID), "rpc_port": .int(ports.rpc),
        "http_port": .int(ports.http), "private_port": .int(ports.private),
        "sealing_key": .string(runtime.keyring.currentKeyID),
      ])
  }
}
