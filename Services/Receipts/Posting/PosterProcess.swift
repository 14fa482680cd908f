import Glibc
import Transport
import Wire

/// One posting process, as the service holds it. Used on the loop only.
final class PosterProcess {
  enum End: Equatable {
    /// It had to be ended: it said something that makes no sense, or nothing for too long.
    case ended
    case exited(Int32)
    case signalled(Int32)
    /// It left its end of the socket and does not go.
    case unknown
  }

  let process: pid_t
  /// It has said that it is there.
  private(set) var isReady = false
  private let loop: EventLoop
  private let connection: TCPConnection
  private var splitter = FrameSplitter(limit: 64 << 10)
  private var wasKilled = false
  private let onReport: (PosterReport) -> Void
  private let onEnd: (PosterProcess, End) -> Void

  /// Starts it. `onEnd` is called once, when nothing more can come from it.
  init(
    _ program: String, _ hello: PosterHello, loop: EventLoop,
    onReport: @escaping (PosterReport) -> Void, onEnd: @escaping (PosterProcess, End) -> Void
  ) throws {
    loop.assertCurrent()
    self.loop = loop
    self.onReport = onReport
    self.onEnd = onEnd
    let (process, socket) = try PosterSpawn.start(program)
    self.process = process
    do {
      connection = try TCPConnection.adopt(socket, loop: loop, outboundLimit: 64 << 20)
    } catch {
      Glibc.kill(process, SIGKILL)
      waitpid(process, nil, 0)
      throw error
    }
    connection.onBytes = { [weak self] in self?.received($0) }
    // Held until its end is known, whoever else has forgotten it.
    connection.onClose = { _ in self.reap(after: 0) }
    connection.write(hello.frame())
    connection.resumeReading()
  }

  /// False between the end of its socket and its own.
  var isOpen: Bool { connection.isOpen }

  func send(_ frame: [UInt8]) { connection.write(frame) }

  /// It ends by itself when it sees that nobody is there.
  func end() { connection.close(.closedHere("not needed")) }

  /// It ends now, whatever it does.
  func kill() {
    wasKilled = true
    Glibc.kill(process, SIGKILL)
  }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    splitter.append(bytes)
    do {
      while let body = try splitter.next() {
        let report = try PosterReport(body)
        if report.id == 0 { isReady = true } else { onReport(report) }
      }
    } catch {
      kill()
      connection.close(.closedHere("malformed"))
    }
  }

  /// Asks for the status in short steps: a process lets go of its socket a moment before it is gone.
  private func reap(after steps: Int) {
    var status: Int32 = 0
    let result = waitpid(process, &status, WNOHANG)
    if result == process { return onEnd(self, end(status)) }
    if result < 0, errno != EINTR { return onEnd(self, .unknown) }
    if steps == 200 { kill() }
    if steps == 1_000 { return onEnd(self, .unknown) }
    loop.schedule(after: .milliseconds(steps < 20 ? 1 : 5)) { self.reap(after: steps + 1) }
  }

  /// `WIFEXITED` and its relatives are macros Swift does not see.
  private func end(_ status: Int32) -> End {
    if wasKilled { return .ended }
    return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .signalled(status & 0x7F)
  }
}

extension PosterProcess.End: CustomStringConvertible {
  var description: String {
    switch self {
    case .ended: "ended by the service"
    case .exited(let code): "exit status \(code)"
    case .signalled(let number): "signal \(number)"
    case .unknown: "unknown"
    }
  }
}
