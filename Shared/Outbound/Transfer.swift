import Foundation
import FoundationNetworking
import Synchronization
import Transport

/// One request on one lane, from its start until libcurl has let go of it.
///
/// A failure is reported only once libcurl has stopped: before that, the body might still leave, and `neverLeft`
/// would be a guess.
final class Transfer: Sendable {
  typealias Outcome = Result<OutboundResponse, OutboundFailure>

  private struct State {
    var continuation: CheckedContinuation<Outcome, Never>?
    var task: URLSessionTask?
    var head: (status: Int, headers: OutboundHeaders)?
    var body: [UInt8] = []
    var isTruncated = false
    /// libcurl has asked for the first byte of the body: from here on it may be on its way.
    var isBodyRead = false
    var note: EgressNote?
    /// The address of a tunnel from an earlier transfer on this lane; a new tunnel's note replaces it.
    var reusedAddress: String?
    /// Decided here, waiting for libcurl to stop.
    var failing: (kind: OutboundFailure.Kind, message: String, since: Int64)?
    /// libcurl wanted to send the request a second time and was stopped.
    var isRepeatRefused = false
    var isDone = false
    /// When libcurl was told to stop although the caller has its answer.
    var stoppedAt: Int64?
  }

  let url: OutboundURL
  let started = MonotonicClock.now
  private let hasBody: Bool
  private let limits: OutboundLimits
  private let connectGrace: Duration
  private let noteHeader: String?
  private let refuseTunnel: @Sendable (UInt64) -> Void
  private let sink: ChunkSink?
  private let writer: (@Sendable ([UInt8]) -> Bool)?
  private let state = Mutex(State())

  /// What arrives of the body goes to `sink`, or of a 2xx answer to `writer`, else it is collected.
  init(
    _ request: OutboundRequest, url: OutboundURL, behind link: GuardLink?, sink: ChunkSink?,
    writer: (@Sendable ([UInt8]) -> Bool)? = nil
  ) {
    self.url = url
    noteHeader = link?.noteHeader
    refuseTunnel = { link?.refuse($0) }
    self.sink = sink
    self.writer = writer
    hasBody = request.hasBody
    limits = request.limits
    // The guard's own connect limit answers first, with a better reason.
    connectGrace = request.limits.connect + (link == nil ? .zero : .seconds(2))
  }

  /// Starts `task` and waits for the outcome; in stream mode only for the head.
  func run(_ task: URLSessionTask) async -> Outcome {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        state.withLock { state in
          state.continuation = continuation
          state.task = task
        }
        task.resume()
        // A cancellation that came before the task was known.
        if Task.isCancelled { fail(.cancelled, "the waiting task was cancelled") }
      }
    } onCancel: {
      fail(.cancelled, "the waiting task was cancelled")
    }
  }

  /// The lane may still have a tunnel open to this address.
  func reuses(tunnelTo address: String?) { state.withLock { $0.reusedAddress = address } }

  /// The tunnel this transfer opened.
  var tunnelAddress: String? {
    state.withLock { if case .tunnel(let address, _) = $0.note { address } else { nil } }
  }

  /// libcurl refused to be trusted with a second sending: the caller may decide to send again.
  var isRepeatRefused: Bool { state.withLock { $0.isRepeatRefused } }

  // MARK: From the lane, on its work queue

  func received(_ response: HTTPURLResponse) {
    let headers = OutboundHeaders(
      response.allHeaderFields.compactMap { key, value in
        guard let name = key as? String, let text = value as? String else { return nil }
        return (name, text)
      })
    let note = noteHeader.flatMap { headers[$0] }.flatMap { EgressNote($0) }
    // A new tunnel behind a body that was read already: libcurl found its reused connection dead and starts over.
    if case .tunnel(_, let number) = note { repeatIsWanted(through: number) }
    let resumed: CheckedContinuation<Outcome, Never>? = state.withLock { state in
      if let note {
        state.note = note
        if case .answered = note {} else { return nil }
      }
      // 1xx heads come first and mean nothing to a caller; 101 cannot follow from what we send.
      guard response.statusCode >= 200, state.head == nil else { return nil }
      var visible = headers
      if let noteHeader { visible.remove(noteHeader) }
      state.head = (response.statusCode, visible)
      guard sink != nil, state.failing == nil else { return nil }
      defer { state.continuation = nil }
      return state.continuation
    }
    resumed?.resume(returning: .success(makeResponse(headersOnly: true)))
  }

  func received(_ data: Data) {
    if let sink {
      if !sink.offer([UInt8](data)) { fail(.overloaded, "the reader of the stream is too slow") }
      return
    }
    if let writer {
      // What still comes once the rest is not wanted is dropped, at a pace that lets the stop get through.
      guard let status = writableStatus else { return pause() }
      if (200..<300).contains(status) {
        if !writer([UInt8](data)) { fail(.cancelled, "the rest of the answer is not wanted") }
        return
      }
    }
    let isFull = state.withLock { state -> Bool in
      // A refusing guard has a body of its own; it is not the target's answer.
      if state.isDone || state.head == nil { return false }
      let room = limits.responseBytes - state.body.count
      state.body.append(contentsOf: data.prefix(room))
      if data.count > room { state.isTruncated = true }
      return state.isTruncated
    }
    if isFull { succeedAndStop() }
  }

  /// The answer's status, while its body is wanted.
  private var writableStatus: Int? { state.withLock { $0.isDone || $0.failing != nil ? nil : $0.head?.status } }

  /// Holds up libcurl, on whose thread this is called.
  private func pause() { Thread.sleep(forTimeInterval: 0.001) }

  func bodyIsRead() { state.withLock { $0.isBodyRead = true } }

  /// libcurl found its reused connection dead and is sending again. Does nothing while the body has not been asked
  /// for: then nothing complete was sent.
  ///
  /// libcurl 7.88 asks to rewind the body only when the new connection is up and the head is about to go out. What it
  /// has of the body cannot be read twice, so a complete second request is out of the question either way; behind the
  /// guard the new tunnel's answer gives the repeat away before its TLS handshake, the guard lets nothing through it,
  /// and not even the head follows.
  func repeatIsWanted(through tunnel: UInt64? = nil) {
    let isRepeat = state.withLock { state -> Bool in
      if !state.isBodyRead || state.isDone { return false }
      state.isRepeatRefused = true
      return true
    }
    guard isRepeat else { return }
    if let tunnel { refuseTunnel(tunnel) }
    fail(.closedBeforeAnswer, "the connection closed after the request was sent and before an answer")
  }

  /// A 401 with a challenge that URLSession would answer itself: the answer is already complete.
  func challenged() {
    sink?.finish(nil)
    succeedAndStop()
  }

  /// libcurl has let go; the last call of a transfer. Returns what tells the caller.
  func completed(_ error: (any Error)?, response: HTTPURLResponse?) -> () -> Void {
    // Answers to which URLSession found no way to redirect arrive here only.
    if error == nil, let response, state.withLock({ $0.head == nil }) { received(response) }
    let (continuation, isAnswered) = state.withLock { state in
      defer {
        state.isDone = true
        state.continuation = nil
        state.task = nil
      }
      return (state.continuation, error == nil && state.head != nil && state.failing == nil)
    }
    let outcome: Outcome =
      isAnswered ? .success(makeResponse(headersOnly: false)) : .failure(classify(error))
    return { [sink] in
      if case .failure(let failure) = outcome { sink?.finish(failure) } else { sink?.finish(nil) }
      continuation?.resume(returning: outcome)
    }
  }

  // MARK: Limits

  /// How long libcurl may take to stop.
  private static let stopGrace: Duration = .seconds(3)

  /// Applies the time limits. False when libcurl was told to stop long ago and has not: the lane is lost.
  func check(now: Int64) -> Bool {
    let (isOver, kind, isStuck) = state.withLock { state -> (Bool, OutboundFailure.Kind, Bool) in
      // Not begun, or over.
      if state.task == nil { return (false, .timeout, false) }
      if let since = state.failing?.since ?? state.stoppedAt {
        return (false, .timeout, now - since > Self.stopGrace.nanoseconds)
      }
      let elapsed = now - started
      if let whole = limits.whole, elapsed > whole.nanoseconds { return (true, .timeout, false) }
      if state.head == nil, elapsed > limits.head.nanoseconds { return (true, .timeout, false) }
      let isConnecting = hasBody && !state.isBodyRead && state.note == nil
      if isConnecting, elapsed > connectGrace.nanoseconds { return (true, .connectTimeout, false) }
      return (false, .timeout, false)
    }
    if isOver { fail(kind, kind == .timeout ? "no complete answer in time" : "connecting took too long") }
    return !isStuck
  }

  /// Decides on a failure and stops libcurl; the caller hears of it when libcurl has stopped.
  func fail(_ kind: OutboundFailure.Kind, _ message: String) {
    let task = state.withLock { state -> URLSessionTask? in
      if state.isDone || state.failing != nil { return nil }
      guard let task = state.task else { return nil }
      state.failing = (kind, message, MonotonicClock.now)
      return task
    }
    task.map(Self.stop)
  }

  /// Reports what is known when libcurl does not stop; `neverLeft` cannot be claimed then.
  func abandon() {
    let (continuation, failing) = state.withLock { state in
      defer {
        state.continuation = nil
        state.task = nil
        state.isDone = true
      }
      return (state.continuation, state.failing)
    }
    let failure = OutboundFailure(failing?.kind ?? .timeout, neverLeft: false, failing?.message ?? "the transfer hung")
    sink?.finish(failure)
    continuation?.resume(returning: .failure(failure))
  }

  // MARK: Results

  private func succeedAndStop() {
    let (continuation, task) = state.withLock { state in
      defer {
        state.continuation = nil
        state.isDone = true
        state.stoppedAt = state.stoppedAt ?? MonotonicClock.now
      }
      return (state.continuation, state.task)
    }
    continuation?.resume(returning: .success(makeResponse(headersOnly: false)))
    task.map(Self.stop)
  }

  /// `cancel` waits for the session's work queue, on which the caller may be running.
  private static func stop(_ task: URLSessionTask) {
    DispatchQueue.global(qos: .userInteractive).async { task.cancel() }
  }

  private func makeResponse(headersOnly: Bool) -> OutboundResponse {
    state.withLock { state in
      OutboundResponse(
        status: state.head?.status ?? 0, headers: state.head?.headers ?? OutboundHeaders(),
        body: headersOnly ? [] : state.body, isTruncated: state.isTruncated,
        dialledAddress: state.note?.address ?? (noteHeader == nil ? nil : state.reusedAddress),
        milliseconds: Int((MonotonicClock.now - started) / 1_000_000))
    }
  }

  private func classify(_ error: (any Error)?) -> OutboundFailure {
    let (note, isBodyRead, failing, hasHead, reused) = state.withLock {
      ($0.note, $0.isBodyRead, $0.failing, $0.head != nil, $0.reusedAddress)
    }
    let address = note?.address ?? (noteHeader == nil ? nil : reused)
    if let failure = note?.failure { return failure }
    // A body that libcurl never asked for has not left, and without it the request is not complete.
    let provenByBody = hasBody && !isBodyRead
    if let failing {
      return OutboundFailure(
        failing.kind, neverLeft: provenByBody, failing.message, dialledAddress: address)
    }
    let (kind, isBeforeSending, text) = TransferError.classify(error, isTLS: url.isTLS)
    let isBefore = isBeforeSending && !isBodyRead && !hasHead
    return OutboundFailure(
      isBefore ? kind : .closedBeforeAnswer, neverLeft: hasBody ? !isBodyRead : isBefore, text,
      dialledAddress: address)
  }
}
