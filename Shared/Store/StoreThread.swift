import Glibc

/// A joinable thread with a small stack.
struct StoreThread: Sendable {
  private let id: pthread_t

  /// Starts `main`. `name` shows in `top -H`; Linux keeps 15 bytes of it.
  init(named name: String, stackKiB: Int, _ main: @escaping @Sendable () -> Void) throws(StoreFailure) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, max(stackKiB, 64) << 10)
    let box = Unmanaged.passRetained(
      Main {
        Self.nameCurrent(name)
        main()
      })
    var thread = pthread_t()
    let result = pthread_create(
      &thread, &attributes,
      { context in
        if let context { Unmanaged<Main>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    guard result == 0 else {
      box.release()
      throw StoreFailure(.other(result), "no thread \(name): \(String(cString: strerror(result)))")
    }
    id = thread
  }

  /// Best effort, through /proc: `pthread_setname_np` is not in the Glibc module.
  private static func nameCurrent(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = name.withCString { write(file, $0, min(strlen($0), 15)) }
    close(file)
  }

  private final class Main: Sendable {
    let run: @Sendable () -> Void
    init(run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Waits for its end. From the thread itself (a store closed, or let go last, by its own closure) it only lets it end.
  func join() {
    if pthread_equal(id, pthread_self()) == 0 {
      pthread_join(id, nil)
    } else {
      pthread_detach(id)
    }
  }
}
