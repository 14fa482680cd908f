import JSON
import Wire

/// One try of a call, from the caller's task to its answer.
///
/// `@unchecked Sendable`: made by the caller, which sets `continuation` before handing it over; from then on it is
/// used on the loop's thread only.
final class PeerPendingCall: @unchecked Sendable {
  typealias Answer = Result<JSONNode, CallFailure>

  let method: String
  let params: [UInt8]
  let key: String?
  let account: String?
  let actor: String?
  let trace: String?
  /// Nanoseconds of the monotonic clock.
  let deadline: Int64
  var continuation: CheckedContinuation<Answer, Never>?
  /// Where it was sent, to be told when it is called off.
  weak var connection: PeerConnection?
  var id: Int64 = 0
  private(set) var isCancelled = false
  private var isFinished = false

  init(
    method: String, params: [UInt8], key: String?, account: String?, actor: String?, trace: String?, deadline: Int64
  ) {
    self.method = method
    self.params = params
    self.key = key
    self.account = account
    self.actor = actor
    self.trace = trace
    self.deadline = deadline
  }

  /// Gives the caller its answer; the first one counts.
  func finish(_ answer: Answer) {
    if isFinished { return }
    isFinished = true
    continuation?.resume(returning: answer)
    continuation = nil
  }

  /// The caller's task was cancelled: it is told at once, the peer is told not to bother.
  func cancel() {
    isCancelled = true
    if isFinished || continuation == nil { return }
    let wasSent = connection != nil
    connection?.forget(self)
    finish(.failure(.cancelled("the caller called it off", started: wasSent ? nil : false)))
  }
}
