import Foundation
import FoundationNetworking
import Synchronization

/// A URLSession that carries one transfer at a time, and so keeps at most one idle connection per host.
///
/// That is what makes keep-alive safe for requests that must not repeat: when libcurl finds the reused connection
/// dead and starts over, there is no second idle connection it could use at once; it has to connect and shake hands
/// first, and the transfer is stopped before that.
///
/// A limit of the platform: FoundationNetworking 6.3 stops the process when an answer ends within its head, carries
/// trailers, or claims a length beyond Int64 (swift-corelibs-foundation issue 5285). Plain http behind the guard is
/// shielded from that; what TLS hides from the guard is not.
final class TransferLane: NSObject, URLSessionDataDelegate, Sendable {
  private struct State {
    var session: URLSession?
    var current: Transfer?
    var onIdle: (@Sendable () -> Void)?
    /// Where the guard's tunnel leads that the next transfer may reuse.
    var tunnelAddress: String?
  }

  private let state = Mutex(State())

  override init() {
    super.init()
    let configuration = URLSessionConfiguration.ephemeral
    configuration.urlCache = nil
    configuration.httpCookieStorage = nil
    configuration.httpCookieAcceptPolicy = .never
    configuration.httpShouldSetCookies = false
    configuration.urlCredentialStorage = nil
    // Time limits are the transfer's; this one would restart with every byte.
    configuration.timeoutIntervalForRequest = 86_400
    let queue = InlineOperationQueue()
    queue.maxConcurrentOperationCount = 1
    let session = URLSession(configuration: configuration, delegate: self, delegateQueue: queue)
    state.withLock { $0.session = session }
  }

  /// Runs one transfer; `onIdle` is called exactly once, when libcurl has let go of it.
  func run(
    _ transfer: Transfer, _ request: URLRequest, file: String? = nil, onIdle: @escaping @Sendable () -> Void
  ) async -> Transfer.Outcome {
    let session = state.withLock { state -> URLSession? in
      transfer.reuses(tunnelTo: state.tunnelAddress)
      state.current = transfer
      state.onIdle = onIdle
      return state.session
    }
    guard let session else {
      finishCurrent()
      return .failure(OutboundFailure(.cancelled, neverLeft: true, "the client is closed"))
    }
    guard let file else { return await transfer.run(session.dataTask(with: request)) }
    return await transfer.run(session.uploadTask(with: request, fromFile: URL(fileURLWithPath: file)))
  }

  /// Drops the session and its connections. A running transfer ends as cancelled.
  func close() {
    let (session, transfer) = state.withLock { state in
      defer { state.session = nil }
      return (state.session, state.current)
    }
    guard let session else { return }
    // Not `invalidateAndCancel`: it reads the session's list of tasks while one that ends takes itself out of it, and
    // that has stopped the process. The one task is called off by itself, and the session ends behind it.
    transfer?.fail(.cancelled, "the client is closed")
    session.finishTasksAndInvalidate()
  }

  /// Gives up on a transfer libcurl does not let go of, and on the lane with it. Does nothing once the lane carries
  /// another.
  func abandon(_ transfer: Transfer) {
    guard state.withLock({ $0.current === transfer }) else { return }
    // Closed before it is given back: no later transfer may land on it.
    close()
    finishCurrent()
    transfer.abandon()
  }

  /// True from `close` on: what is run on it fails at once.
  var isClosed: Bool { state.withLock { $0.session == nil } }

  private func finishCurrent() {
    let onIdle = state.withLock { state in
      if let address = state.current?.tunnelAddress { state.tunnelAddress = address }
      defer {
        state.current = nil
        state.onIdle = nil
      }
      return state.onIdle
    }
    onIdle?()
  }

  private var current: Transfer? { state.withLock { $0.current } }

  // MARK: URLSession, on the lane's work queue

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    if let response = response as? HTTPURLResponse { current?.received(response) }
    completionHandler(.allow)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    current?.received(data)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didSendBodyData bytesSent: Int64, totalBytesSent: Int64,
    totalBytesExpectedToSend: Int64
  ) {
    current?.bodyIsRead()
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, needNewBodyStream completionHandler: @escaping (InputStream?) -> Void
  ) {
    // Also asked once at the start of a request without a body; the transfer tells the two apart.
    current?.repeatIsWanted()
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
    newRequest request: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
  ) {
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler: @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
  ) {
    // Default handling would leave the task hanging, and cancelling here would wait for this very queue.
    current?.challenged()
    DispatchQueue.global().async { task.cancel() }
  }

  func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
    let answer = current?.completed(error, response: task.response as? HTTPURLResponse)
    // First the lane is free, then the caller goes on: its next request finds the connection waiting.
    finishCurrent()
    answer?()
  }
}
