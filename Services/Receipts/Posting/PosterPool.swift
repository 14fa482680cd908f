import Glibc
import Outbound
import Telemetry
import Transport

/// Makes posts in processes of their own, so that an answer which stops the process it is read in costs no more than
/// that: FoundationNetworking 6.3 stops at certain answers over TLS (see `TransferLane`).
///
/// All post in one shared process. When it stops, those under way in it are suspects: they post alone, each in a
/// process for itself, until they have answered; the one that stops such a process is known from then on. Requests
/// arrive signed; keys and the store stay here, as does the egress guard, whose pass the processes get.
///
/// `@unchecked Sendable`: everything mutable is used on the loop's thread only.
final class PosterPool: @unchecked Sendable {
  private let program: String
  private let pass: EgressPass
  private let limits: PosterLimits
  private let check: @Sendable (String) throws(OutboundFailure) -> Void
  private let loop: EventLoop
  private let log: Log
  private let metrics: PosterMetrics

  // Loop thread only.
  private let shared = PosterSlot(isSolo: false)
  private let solo: [PosterSlot]
  private var suspects: PosterSuspects
  /// For the shared process, and for one alone, in the order in which they came.
  private var waiting: [PosterSlot.Post] = []
  private var waitingAlone: [PosterSlot.Post] = []
  private var lastID: UInt64 = 0
  private var isClosed = false
  private var timer: LoopTimer?
  private var retry: LoopTimer?

  /// `program` is started with `PosterSpawn.argument`; `check` is the guard's check of a URL that a customer chose.
  init(
    program: String, pass: EgressPass,
    limits: PosterLimits = PosterLimits(),
    check: @escaping @Sendable (String) throws(OutboundFailure) -> Void, loop: EventLoop, log: Log, metrics: Metrics
  ) {
    self.program = program
    self.pass = pass
    self.limits = limits
    self.check = check
    self.loop = loop
    self.log = log
    self.metrics = PosterMetrics(metrics)
    solo = (0..<limits.solo).map { _ in PosterSlot(isSolo: true) }
    suspects = PosterSuspects(suspicion: limits.suspicion.nanoseconds, quarantine: limits.quarantine.nanoseconds)
  }

  /// Posts once. The request may be repeated below: receivers know it by its id.
  func send(_ request: OutboundRequest) async -> PosterOutcome {
    let endpoint: String
    do throws(OutboundFailure) {
      endpoint = try OutboundURL(request.url).authority
      try check(request.url)
    } catch {
      return .failed(error)
    }
    return await withCheckedContinuation { continuation in
      let submit: @Sendable () -> Void = { self.submit(request, endpoint) { continuation.resume(returning: $0) } }
      if loop.isCurrent { submit() } else { loop.execute(submit) }
    }
  }

  /// Ends what is under way as cancelled, and every process. Nothing can be sent afterwards. From any thread.
  func close() {
    if loop.isCurrent { closeOnLoop() } else { loop.execute { self.closeOnLoop() } }
  }

  /// Posts that wait for a process now. From any task.
  func waitingPosts() async -> Int { await loop.perform { self.waiting.count + self.waitingAlone.count } }

  /// Processes that run now. From any task.
  func processes() async -> [Int32] {
    await loop.perform { ([self.shared] + self.solo).compactMap { $0.process?.process } }
  }

  // MARK: Work

  private func submit(_ request: OutboundRequest, _ endpoint: String, _ finish: @escaping (PosterOutcome) -> Void) {
    func refuse(_ kind: OutboundFailure.Kind, _ why: String) {
      finish(.failed(OutboundFailure(kind, neverLeft: true, why)))
    }
    if isClosed { return refuse(.cancelled, "the service is stopping") }
    guard waiting.count + waitingAlone.count < limits.waiting else {
      return refuse(.overloaded, "too many posts wait for a process")
    }
    lastID += 1
    guard let frame = PosterOrder(id: lastID, request: request).frame() else {
      return refuse(.badRequest, "the request is too long")
    }
    let limit = (request.limits.whole ?? request.limits.head).nanoseconds
    let now = MonotonicClock.now
    let post = PosterSlot.Post(
      id: lastID, endpoint: endpoint, frame: frame, limit: limit, waitsUntil: now + limit, finish: finish)
    if suspects.standing(of: endpoint, at: now) == .free {
      waiting.append(post)
    } else {
      waitingAlone.append(post)
    }
    pump(now)
    watch()
  }

  /// Gives processes to those that wait for one.
  private func pump(_ now: Int64) {
    while !waiting.isEmpty, shared.underWay.count < limits.shared, isUp(shared, now) {
      put(waiting.removeFirst(), in: shared, now)
    }
    for slot in solo where slot.underWay.isEmpty {
      if waitingAlone.isEmpty { return }
      guard let index = nextAlone(now) else { return }
      guard isUp(slot, now) else { continue }
      slot.holdsCulprit = suspects.standing(of: waitingAlone[index].endpoint, at: now) == .culprit
      put(waitingAlone.remove(at: index), in: slot, now)
    }
  }

  /// Who is only suspected goes before those who are known, of whom a few go at a time.
  private func nextAlone(_ now: Int64) -> Int? {
    if let index = waitingAlone.firstIndex(where: { suspects.standing(of: $0.endpoint, at: now) != .culprit }) {
      return index
    }
    return solo.count { $0.holdsCulprit } < limits.culprits ? waitingAlone.indices.first : nil
  }

  private func put(_ post: PosterSlot.Post, in slot: PosterSlot, _ now: Int64) {
    var post = post
    // The process may let it wait for a connection as long as it may take.
    post.deadline = now + 2 * post.limit + limits.grace.nanoseconds
    slot.underWay[post.id] = post
    slot.lastUse = now
    slot.process?.send(post.frame)
  }

  /// Whether the slot has a process, if need be a new one.
  private func isUp(_ slot: PosterSlot, _ now: Int64) -> Bool {
    if let process = slot.process { return process.isOpen }
    if slot.notBefore > now {
      pumpAgain(at: slot.notBefore, now)
      return false
    }
    let hello = PosterHello(pass: pass, concurrency: slot.isSolo ? 1 : limits.shared)
    do {
      let process = try PosterProcess(
        program, hello, loop: loop, onReport: { [weak self] in self?.reported($0, slot) },
        onEnd: { [weak self] in self?.ended(slot, $0, $1) })
      slot.process = process
      metrics.processes.add(1)
      log.info("poster.started", ["pid": .int(Int(process.process)), "alone": .bool(slot.isSolo)])
      return true
    } catch {
      log.error("poster.not_started", ["error": .string("\(error)")])
      slot.startFailed(at: now, limits)
      pumpAgain(at: slot.notBefore, now)
      return false
    }
  }

  private func pumpAgain(at time: Int64, _ now: Int64) {
    if retry != nil { return }
    retry = loop.schedule(after: .nanoseconds(max(0, time - now))) { [weak self] in
      self?.retry = nil
      self?.pump(MonotonicClock.now)
    }
  }

  // MARK: From the processes

  private func reported(_ report: PosterReport, _ slot: PosterSlot) {
    guard let post = slot.underWay.removeValue(forKey: report.id) else { return }
    let now = MonotonicClock.now
    slot.lastUse = now
    slot.holdsCulprit = false
    switch report.outcome {
    case .success(let answer):
      if slot.isSolo { suspects.answered(post.endpoint) }
      post.finish(.answered(answer))
    case .failure(let failure):
      post.finish(.failed(failure))
    }
    pump(now)
  }

  private func ended(_ slot: PosterSlot, _ process: PosterProcess, _ end: PosterProcess.End) {
    // One that was idle has been forgotten, and may have a successor.
    guard slot.process === process else { return }
    let (now, wasReady, posts) = (MonotonicClock.now, process.isReady, slot.takeUnderWay())
    slot.process = nil
    metrics.processes.add(-1)
    if isClosed { return }
    metrics.stopped(alone: slot.isSolo)
    log.error(
      "poster.stopped",
      [
        "pid": .int(Int(process.process)), "alone": .bool(slot.isSolo), "reason": .string("\(end)"),
        "under_way": .int(posts.count),
      ])
    if wasReady { slot.stopped(at: now, limits) } else { slot.startFailed(at: now, limits) }
    for post in posts {
      if !wasReady {
        // It never came as far as reading them.
        if slot.isSolo { waitingAlone.append(post) } else { waiting.append(post) }
      } else if slot.isSolo, end != .signalled(SIGKILL) {
        suspects.convict(post.endpoint, at: now)
        log.error("poster.answer_unreadable", ["endpoint": .string(post.endpoint), "reason": .string("\(end)")])
        post.finish(.unreadable)
      } else {
        // Killed from outside, for want of memory perhaps: nobody is proved to have done it.
        suspects.suspect(post.endpoint, at: now)
        post.finish(.interrupted)
      }
    }
    // Who waits for the shared process may be among those that are suspected now.
    let (free, alone) = (
      waiting.filter { suspects.standing(of: $0.endpoint, at: now) == .free },
      waiting.filter { suspects.standing(of: $0.endpoint, at: now) != .free }
    )
    waiting = free
    waitingAlone += alone
    pump(now)
  }

  // MARK: Limits

  /// Looks after processes and those that wait for one, as long as there are any.
  private func watch() {
    if timer != nil || isClosed { return }
    timer = loop.schedule(after: min(.seconds(1), limits.idle / 2)) { [weak self] in self?.look() }
  }

  private func look() {
    timer = nil
    let now = MonotonicClock.now
    let late = (waiting + waitingAlone).filter { $0.waitsUntil <= now }
    waiting.removeAll { $0.waitsUntil <= now }
    waitingAlone.removeAll { $0.waitsUntil <= now }
    for post in late {
      // Who is only suspected waits for others' sake.
      if suspects.standing(of: post.endpoint, at: now) == .suspect {
        post.finish(.interrupted)
      } else {
        post.finish(.failed(OutboundFailure(.overloaded, neverLeft: true, "no process came free in time")))
      }
    }
    let slots = [shared] + solo
    for slot in slots {
      guard let process = slot.process else { continue }
      if slot.underWay.values.contains(where: { $0.deadline <= now }) {
        process.kill()
      } else if slot.underWay.isEmpty, now - slot.lastUse > limits.idle.nanoseconds {
        // Forgotten first: its end is in order.
        slot.process = nil
        metrics.processes.add(-1)
        process.end()
      }
    }
    pump(now)
    if !waiting.isEmpty || !waitingAlone.isEmpty || slots.contains(where: { $0.process != nil }) { watch() }
  }

  private func closeOnLoop() {
    if isClosed { return }
    isClosed = true
    if let timer { loop.cancel(timer) }
    if let retry { loop.cancel(retry) }
    (timer, retry) = (nil, nil)
    let posts = waiting + waitingAlone
    (waiting, waitingAlone) = ([], [])
    for post in posts {
      post.finish(.failed(OutboundFailure(.cancelled, neverLeft: true, "the service is stopping")))
    }
    for slot in [shared] + solo {
      for post in slot.takeUnderWay() {
        post.finish(.failed(OutboundFailure(.cancelled, neverLeft: false, "the service is stopping")))
      }
      slot.process?.kill()
      slot.process?.end()
    }
  }
}
