import Transport

/// Sends webhooks over kept-alive connections: thousands a second, and every connection is known by name.
///
/// `@unchecked Sendable`: used on the loop's thread only; entry points assert it.
final class WebhookSender: @unchecked Sendable {
  private struct Destination: Hashable {
    var host: String
    var port: Int
  }

  private let loop: EventLoop
  private var idle: [Destination: [KeepAliveConnection]] = [:]
  private var open: [ObjectIdentifier: KeepAliveConnection] = [:]
  private var isStopped = false

  init(loop: EventLoop) { self.loop = loop }

  var openConnections: Int { open.count }

  /// Sends one request; the caller bounds how many run at once. `completion` is called once, on the loop.
  func send(
    _ request: [UInt8], to url: WebhookURL, timeout: Duration,
    completion: @escaping @Sendable (Result<AnswerReader.Answer, WebhookFailure>) -> Void
  ) {
    loop.assertCurrent()
    if isStopped { return completion(.failure(.closed)) }
    let destination = Destination(host: url.host, port: url.port)
    if let connection = idle[destination]?.popLast() {
      return use(connection, destination, request, timeout, completion)
    }
    // Owned by the request it serves: it ends with the dial, which has a limit, and reports to `completion`.
    loop.spawn { [self] in
      let dialled = await dial(url)
      loop.assertCurrent()
      switch dialled {
      case .failure(let failure): completion(.failure(failure))
      case .success(let socket):
        if isStopped {
          socket.close(.closedHere("sandbox"))
          return completion(.failure(.closed))
        }
        use(keep(socket, destination), destination, request, timeout, completion)
      }
    }
  }

  /// Closes every connection; requests under way fail.
  func stop() {
    loop.assertCurrent()
    isStopped = true
    idle.removeAll()
    for connection in open.values { connection.close() }
  }

  private func dial(_ url: WebhookURL) async -> Result<TCPConnection, WebhookFailure> {
    do throws(TransportFailure) {
      let addresses = try await Resolver.resolve(host: url.host, port: url.port)
      guard let first = addresses.first else { return .failure(.unreachable("no address")) }
      do throws(TransportFailure) {
        return .success(try await TCPConnector.connect(loop, to: first, timeout: .seconds(3)))
      } catch {
        // `localhost` often names ::1 first while the receiver listens on 127.0.0.1 only.
        guard addresses.count > 1 else { return .failure(.unreachable("\(error)")) }
        return .success(try await TCPConnector.connect(loop, to: addresses[1], timeout: .seconds(3)))
      }
    } catch {
      return .failure(.unreachable("\(error)"))
    }
  }

  private func keep(_ socket: TCPConnection, _ destination: Destination) -> KeepAliveConnection {
    let connection = KeepAliveConnection(socket)
    let id = ObjectIdentifier(connection)
    open[id] = connection
    connection.onClose = { [unowned self] in
      open[id] = nil
      idle[destination]?.removeAll { ObjectIdentifier($0) == id }
    }
    return connection
  }

  private func use(
    _ connection: KeepAliveConnection, _ destination: Destination, _ request: [UInt8], _ timeout: Duration,
    _ completion: @escaping @Sendable (Result<AnswerReader.Answer, WebhookFailure>) -> Void
  ) {
    connection.send(request, timeout: timeout) { [unowned self, unowned connection] result in
      if case .success = result, open[ObjectIdentifier(connection)] != nil {
        idle[destination, default: []].append(connection)
      }
      completion(result)
    }
  }
}
