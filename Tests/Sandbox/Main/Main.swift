import Daemon
import FoundationEssentials
import Glibc
import SandboxWorld
import Synchronization

@main
struct Main {
  static func main() {
    var signals = StopSignals()
    let arguments = CommandLine.arguments.dropFirst()
    var reader = SettingsReader(
      SettingsSources(arguments: [:], environment: ProcessInfo.processInfo.environment, filePath: nil))
    let settings = SandboxSettings(&reader)
    if arguments.first == "--help" || arguments.first == "-h" {
      print("sandbox: plays Meta, customers, a model and a business. Settings (environment):\n\(reader.helpText)")
      return
    }
    guard arguments.isEmpty || arguments.first == "--check" else {
      fail("no argument \(arguments.joined(separator: " ")); there are --help and --check", 2)
    }
    do { try reader.finish() } catch { fail("\(error)", 2) }
    if arguments.first == "--check" { return print("sandbox: settings are right") }
    run(settings, &signals)
  }

  private static func run(_ settings: SandboxSettings, _ signals: inout StopSignals) {
    let started = Mutex<World?>(nil)
    // Owned by this function: it waits for the end that both tasks announce, or ends the process.
    Task.detached {
      do {
        let world = try await World.start(settings.world)
        started.withLock { $0 = world }
      } catch {
        fail("cannot start: \(error)", 1)
      }
      StopSignals.announceEnd()
    }
    guard signals.next() == .ended, let world = started.withLock({ $0 }) else { return }
    announce(world, settings)
    while signals.next() != .stop { continue }
    Task.detached {
      await world.stop()
      StopSignals.announceEnd()
    }
    // A second signal means now.
    _ = signals.next()
    for path in settings.portsFiles { unlink(path) }
  }

  private static func announce(_ world: World, _ settings: SandboxSettings) {
    let ports = "{\"service\":\"sandbox\",\"process_id\":\(getpid()),\"rpc\":0,\"http\":\(world.port),\"private\":0}\n"
    for path in settings.portsFiles {
      do {
        try ports.write(toFile: path, atomically: true, encoding: .utf8)
      } catch {
        fail("cannot write \(path): \(error)", 1)
      }
    }
    print("sandbox: \(world.baseURL)")
    fflush(nil)
  }

  private static func fail(_ message: String, _ code: Int32) -> Never {
    let line = Array("sandbox: \(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    exit(code)
  }
}
