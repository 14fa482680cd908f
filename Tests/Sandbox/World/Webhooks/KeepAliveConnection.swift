import Transport

/// One connection to a webhook receiver: a request, its answer, the next request.
///
/// Used on the loop's thread only.
final class KeepAliveConnection {
  /// How a request ended.
  typealias Completion = (Result<AnswerReader.Answer, WebhookFailure>) -> Void

  private let connection: TCPConnection
  private var reader = AnswerReader()
  private var completion: Completion?
  private var timer: LoopTimer?
  /// Called when the connection is of no more use, busy or not.
  var onClose: (() -> Void)?

  init(_ connection: TCPConnection) {
    self.connection = connection
    connection.onBytes = { [unowned self] in received($0) }
    connection.onEnd = { [unowned self] in ended() }
    // The connection keeps its callbacks, so this object lives until the close and no longer.
    connection.onClose = { [self] reason in closed(reason) }
    connection.resumeReading()
  }

  /// Sends one request. Only while idle.
  func send(_ request: [UInt8], timeout: Duration, _ completion: @escaping Completion) {
    precondition(self.completion == nil, "one request at a time")
    self.completion = completion
    reader = AnswerReader()
    timer = connection.loop.schedule(after: timeout) { [unowned self] in
      finish(.failure(.timeout))
      connection.close(.closedHere("no answer in time"))
    }
    connection.write(request)
  }

  func close() { connection.close(.closedHere("sandbox")) }

  private func received(_ bytes: UnsafeRawBufferPointer) {
    guard completion != nil else { return connection.close(.closedHere("bytes without a request")) }
    do throws(AnswerReader.Failure) {
      guard let answer = try reader.read(bytes) else { return }
      if !answer.mayReuse { retire() }
      finish(.success(answer))
    } catch {
      finish(.failure(.badAnswer))
      connection.close(.closedHere("bad answer"))
    }
  }

  private func ended() {
    if completion != nil, let answer = try? reader.end() { finish(.success(answer)) }
    connection.close(.endOfStream)
  }

  private func closed(_ reason: TCPCloseReason) {
    finish(.failure(.closed))
    retire()
  }

  /// Tells the pool once, before the answer is handed on, so that it does not take this connection again.
  private func retire() {
    let callback = onClose
    onClose = nil
    callback?()
    if connection.isOpen { connection.closeAfterFlush("answered with close", limit: .seconds(1)) }
  }

  private func finish(_ result: Result<AnswerReader.Answer, WebhookFailure>) {
    guard let completion else { return }
    self.completion = nil
    if let timer { connection.loop.cancel(timer) }
    timer = nil
    completion(result)
  }
}
