import CEpoll
import Glibc
import Synchronization

/// One thread that waits for descriptors, timers and handed-in work, and runs tasks that prefer it.
///
/// Everything a connection owns is touched on this thread only, so none of it needs a lock. Handlers are
/// tasks with this loop as their executor: the code reads as plain `async` and nothing leaves the thread
/// until it must. Nothing on the loop may block.
///
/// `@unchecked Sendable`: stored state is either immutable, inside `shared` (a `Mutex`), or used on the
/// loop's own thread only, which `assertCurrent` checks.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// The name shown for the thread in debuggers and in `top -H`.
  package let name: String

  private struct Shared {
    var work: [@Sendable () -> Void] = []
    var jobs: [UnownedJob] = []
    var isWoken = false
    var isStopping = false
  }

  private let epoll: Int32
  private let wakeup: Int32
  private let shared = Mutex(Shared())
  private let thread = Atomic<UInt>(0)
  private let finished = OneShotLatch()

  // Loop thread only from here on.
  private var localJobs: [UnownedJob] = []
  private var flushes: [any EndOfTurn] = []
  private var timers = TimerHeap()
  private var handlers: [Int32: Registered] = [:]
  private var generation: UInt32 = 0
  private let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

  private struct Registered {
    var handler: any ReadinessHandler
    var generation: UInt32
  }

  /// Makes the loop and starts its thread. Throws when the kernel refuses a descriptor or a thread.
  package init(name: String) throws(TransportFailure) {
    self.name = name
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    if epoll < 0 { throw TransportFailure.system(call: "epoll_create1", errno: errno) }
    wakeup = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    if wakeup < 0 { throw TransportFailure.system(call: "eventfd", errno: errno) }
    var event = wss_epoll_event(EPOLLIN.rawValue, UInt64(UInt32(bitPattern: wakeup)))
    _ = epoll_ctl(epoll, EPOLL_CTL_ADD, wakeup, &event)
    try startThread()
  }

  deinit {
    close(epoll)
    close(wakeup)
    readBuffer.deallocate()
  }

  // MARK: From any thread

  /// True on the loop's own thread.
  package var isCurrent: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

  /// Traps when called off the loop: the loop's state has one owner.
  package func assertCurrent() { precondition(isCurrent, "called off the event loop \(name)") }

  /// Runs `work` on the loop, soon, in the order handed in. From any thread.
  package func execute(_ work: @escaping @Sendable () -> Void) {
    let mustWake = shared.withLock { shared in
      shared.work.append(work)
      defer { shared.isWoken = true }
      return !shared.isWoken
    }
    if mustWake { wake() }
  }

  /// Runs `body` on the loop and returns what it made. From any task.
  package func perform<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
    if isCurrent { return body() }
    return await withCheckedContinuation { continuation in
      execute { continuation.resume(returning: body()) }
    }
  }

  /// Starts a task on the loop. The caller owns its end: it counts it, or awaits the returned task.
  @discardableResult
  package func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
    Task.detached(executorPreference: self) { await body() }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      localJobs.append(job)
      return
    }
    let mustWake = shared.withLock { shared in
      shared.jobs.append(job)
      defer { shared.isWoken = true }
      return !shared.isWoken
    }
    if mustWake { wake() }
  }

  /// Ends the thread after the current turn and waits for it. Not from the loop itself.
  package func stop() {
    precondition(!isCurrent, "a loop cannot wait for its own end")
    shared.withLock { $0.isStopping = true }
    wake()
    finished.wait()
  }

  private func wake() {
    var one: UInt64 = 1
    _ = Glibc.write(wakeup, &one, 8)
  }

  // MARK: On the loop only

  /// Runs `work` once after `delay`, unless cancelled before.
  @discardableResult
  package func schedule(after delay: Duration, _ work: @escaping () -> Void) -> LoopTimer {
    assertCurrent()
    return timers.add(at: MonotonicClock.now + delay.nanoseconds, work)
  }

  /// Forgets a timer; one that has fired already is no error.
  package func cancel(_ timer: LoopTimer) {
    assertCurrent()
    timers.cancel(timer)
  }

  /// Asks for one `endOfTurn` call when this turn's work is done: one write per connection and turn.
  func flushAtEndOfTurn(_ item: any EndOfTurn) { flushes.append(item) }

  /// The loop's scratch buffer for reads; valid only until the callback returns.
  var scratch: UnsafeMutableRawBufferPointer { readBuffer }

  func register(_ descriptor: Int32, _ events: ReadinessSet, _ handler: any ReadinessHandler) throws(TransportFailure) {
    assertCurrent()
    generation &+= 1
    handlers[descriptor] = Registered(handler: handler, generation: generation)
    var event = wss_epoll_event(events.rawValue, Self.token(descriptor, generation))
    if epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0 {
      handlers[descriptor] = nil
      throw TransportFailure.system(call: "epoll_ctl", errno: errno)
    }
  }

  func modify(_ descriptor: Int32, _ events: ReadinessSet) {
    guard let registered = handlers[descriptor] else { return }
    var event = wss_epoll_event(events.rawValue, Self.token(descriptor, registered.generation))
    _ = epoll_ctl(epoll, EPOLL_CTL_MOD, descriptor, &event)
  }

  func deregister(_ descriptor: Int32) {
    assertCurrent()
    guard handlers.removeValue(forKey: descriptor) != nil else { return }
    var event = wss_epoll_event(0, 0)
    _ = epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, &event)
  }

  /// Descriptor and registration number: an event for a closed and re-opened number is told apart.
  private static func token(_ descriptor: Int32, _ generation: UInt32) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
  }

  // MARK: The turn

  private func startThread() throws(TransportFailure) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 2 << 20)
    let unmanaged = Unmanaged.passRetained(self)
    var id = pthread_t()
    let result = pthread_create(
      &id, &attributes,
      { argument in
        guard let argument else { return nil }
        let loop = Unmanaged<EventLoop>.fromOpaque(argument).takeRetainedValue()
        loop.run()
        return nil
      }, unmanaged.toOpaque())
    if result != 0 {
      unmanaged.release()
      throw TransportFailure.system(call: "pthread_create", errno: result)
    }
    pthread_detach(id)
  }

  private func run() {
    thread.store(UInt(pthread_self()), ordering: .relaxed)
    wss_name_thread(name)
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    while true {
      let count = epoll_wait(epoll, &events, Int32(events.count), timeoutMilliseconds())
      for index in 0..<Int(max(0, count)) { dispatch(&events[index]) }
      if takeShared() { break }
      runTimers()
      runJobs()
      flush()
    }
    flush()
    handlers.removeAll()
    timers.removeAll()
    finished.open()
  }

  private func timeoutMilliseconds() -> Int32 {
    if !localJobs.isEmpty { return 0 }
    guard let next = timers.next else { return -1 }
    let nanoseconds = next - MonotonicClock.now
    if nanoseconds <= 0 { return 0 }
    return Int32(min((nanoseconds + 999_999) / 1_000_000, 60_000))
  }

  private func dispatch(_ event: inout epoll_event) {
    let data = wss_epoll_data(&event)
    let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: data))
    if descriptor == wakeup {
      var count: UInt64 = 0
      _ = Glibc.read(wakeup, &count, 8)
      return
    }
    guard let registered = handlers[descriptor], registered.generation == UInt32(data >> 32) else { return }
    registered.handler.ready(ReadinessSet(rawValue: wss_epoll_events(&event)))
  }

  /// Moves what other threads handed in to this turn. True when the loop shall end.
  private func takeShared() -> Bool {
    var work: [@Sendable () -> Void] = []
    let isStopping = shared.withLock { shared in
      swap(&work, &shared.work)
      if localJobs.isEmpty {
        swap(&localJobs, &shared.jobs)
      } else {
        localJobs.append(contentsOf: shared.jobs)
        shared.jobs.removeAll(keepingCapacity: true)
      }
      shared.isWoken = false
      return shared.isStopping
    }
    for item in work { item() }
    return isStopping
  }

  /// Runs what is due now; a timer that re-arms itself with no delay waits for the next turn.
  private func runTimers() {
    let now = MonotonicClock.now
    let newest = timers.newest
    while let work = timers.takeDue(now, upTo: newest) { work() }
  }

  /// Runs the tasks that are ready. Rounds are limited so that tasks that keep waking each other cannot
  /// starve the sockets.
  private func runJobs() {
    for _ in 0..<8 where !localJobs.isEmpty {
      var jobs: [UnownedJob] = []
      swap(&jobs, &localJobs)
      for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
  }

  private func flush() {
    while !flushes.isEmpty {
      var items: [any EndOfTurn] = []
      swap(&items, &flushes)
      for item in items { item.endOfTurn() }
    }
  }
}

/// Something with bytes to write when the turn's work is done.
protocol EndOfTurn: AnyObject {
  func endOfTurn()
}

/// The owner of a registered descriptor.
protocol ReadinessHandler: AnyObject {
  func ready(_ events: ReadinessSet)
}

/// What a descriptor is waited for, or ready for.
struct ReadinessSet: OptionSet {
  let rawValue: UInt32
  static let read = ReadinessSet(rawValue: EPOLLIN.rawValue)
  static let write = ReadinessSet(rawValue: EPOLLOUT.rawValue)
  static let hangUp = ReadinessSet(rawValue: EPOLLHUP.rawValue)
  static let failed = ReadinessSet(rawValue: EPOLLERR.rawValue)
}
