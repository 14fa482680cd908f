import Glibc

/// What a raw socket ran into.
package enum RawSocketFailure: Error, Equatable {
  case system(String, Int32)
  /// What was waited for did not come; what came instead.
  case timeout(received: String)
  /// The other side closed before what was waited for came.
  case ended(received: String)
  /// More came than the test allows.
  case tooMuch
}

/// A plain blocking TCP client for tests: sends exactly the bytes given, however rude, and waits with a limit.
///
/// It holds its thread while it waits, and there are as few as cores: what it waits for must not need another
/// task of the test. An `async let` is begun for certain only after an `await` has seen its effect.
package final class RawSocket {
  private let descriptor: Int32
  private var isOpen = true
  /// Received and not yet asked for.
  private var buffered: [UInt8] = []

  /// Connects to this machine. A small `receiveBuffer` makes a slow reader felt early.
  package init(port: UInt16, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    if descriptor < 0 { throw RawSocketFailure.system("socket", errno) }
    if var size = receiveBuffer {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var one: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if result != 0 {
      let code = errno
      Glibc.close(descriptor)
      isOpen = false
      throw RawSocketFailure.system("connect", code)
    }
  }

  deinit { close() }

  /// Sends all of `bytes`.
  package func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        Glibc.send(descriptor, all.baseAddress?.advanced(by: sent), all.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw RawSocketFailure.system("send", errno) }
      sent += count
    }
  }

  /// Sends all of `text`.
  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Sends `bytes` again and again until the other side has taken nothing for `time` or `limit` bytes are sent;
  /// says how many were. The last one may have gone in part.
  package func sendUntilStuck(_ bytes: [UInt8], limit: Int, for time: Duration = .milliseconds(300)) -> Int {
    var sent = 0
    while sent < limit {
      let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      if count > 0 {
        sent += count
      } else if errno != EAGAIN || !wait(for: POLLOUT, ContinuousClock.now + time) {
        return sent
      }
    }
    return sent
  }

  /// Says that nothing more will be sent; reading goes on.
  package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Receives up to and including `mark`.
  package func receive(until mark: String, limit: Int = 16 << 20, timeout: Duration = .seconds(10)) throws -> String {
    let mark = Array(mark.utf8)
    let deadline = ContinuousClock.now + timeout
    var searched = 0
    while true {
      if let end = Self.end(of: mark, in: buffered, from: searched) { return take(end) }
      searched = max(0, buffered.count - mark.count)
      if buffered.count > limit { throw RawSocketFailure.tooMuch }
      try more(deadline)
    }
  }

  /// Receives exactly `count` bytes.
  package func receive(count: Int, timeout: Duration = .seconds(10)) throws -> [UInt8] {
    let deadline = ContinuousClock.now + timeout
    while buffered.count < count { try more(deadline) }
    let bytes = Array(buffered[..<count])
    buffered.removeFirst(count)
    return bytes
  }

  /// Receives until the other side closes in good order; a reset is thrown.
  package func receiveToEnd(limit: Int = 16 << 20, timeout: Duration = .seconds(10)) throws -> String {
    let deadline = ContinuousClock.now + timeout
    while buffered.count <= limit {
      do {
        try more(deadline)
      } catch RawSocketFailure.ended {
        return take(buffered.count)
      }
    }
    throw RawSocketFailure.tooMuch
  }

  /// True when nothing arrives, and nobody closes, for `time`.
  package func isSilent(for time: Duration) -> Bool {
    buffered.isEmpty && !wait(for: POLLIN, ContinuousClock.now + time)
  }

  /// Closes in good order (unread input makes the kernel send a reset).
  package func close() {
    if !isOpen { return }
    isOpen = false
    Glibc.close(descriptor)
  }

  /// Closes with a reset, as a crashed machine's kernel would.
  package func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  private func more(_ deadline: ContinuousClock.Instant) throws {
    guard wait(for: POLLIN, deadline) else {
      throw RawSocketFailure.timeout(received: String(decoding: buffered.prefix(2000), as: UTF8.self))
    }
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    if count < 0 && errno == EINTR { return }
    if count < 0 { throw RawSocketFailure.system("recv", errno) }
    if count == 0 { throw RawSocketFailure.ended(received: String(decoding: buffered.prefix(2000), as: UTF8.self)) }
    buffered.append(contentsOf: chunk[..<count])
  }

  private func wait(for event: Int32, _ deadline: ContinuousClock.Instant) -> Bool {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      let (seconds, attoseconds) = left.components
      let milliseconds = max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
      var watched = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      let result = poll(&watched, 1, Int32(min(milliseconds, 60_000)))
      if result > 0 { return true }
      if result == 0 || errno != EINTR { return false }
    }
  }

  private func take(_ count: Int) -> String {
    let text = String(decoding: buffered[..<count], as: UTF8.self)
    buffered.removeFirst(count)
    return text
  }

  private static func end(of mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    if bytes.count < mark.count { return nil }
    for index in start...max(start, bytes.count - mark.count)
    where bytes.count - index >= mark.count && bytes[index..<(index + mark.count)].elementsEqual(mark) {
      return index + mark.count
    }
    return nil
  }
}
