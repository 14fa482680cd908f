import Contracts
import Crypto
import GraphAPI
import Outbound
import Store
import Telemetry
import Transport
import Workers

/// One message's way to Meta.
struct OutboundSend: Sendable {
  /// What came of it.
  struct Result: Sendable {
    var outcome: SendOutcome
    var pause: SendPause?
    /// Whether Meta answered; nil when it was not asked.
    var wasAnswered: Bool?
  }

  let database: Database
  let graph: GraphClient
  let media: OutboundMedia
  let clock: WallClock
  let log: Log

  func callAsFunction(_ row: OutboundRow, token: Secret) async -> Result {
    guard let recipient = row.recipient else {
      let error = MessageError(
        code: "RECIPIENT_UNKNOWN", message: "The customer's number belongs to somebody else now.",
        nextStep: "Wait for a message of the customer.")
      return Result(outcome: .failed(error))
    }
    let message: OutgoingMessage
    switch await outgoing(row, to: recipient, token: token) {
    case .success(let made): message = made
    case .failure(let unmade): return unmade.result
    }
    do throws(GraphFailure) {
      let accepted = try await graph.send(message, from: row.sender.phoneNumberID, token: token)
      return Result(outcome: .accepted(accepted), wasAnswered: true)
    } catch {
      switch error {
      case .answered(let answer): return refused(answer, row)
      case .notSent(let failure): return notSent(failure, row)
      case .unknown(let why):
        log.notice("message.unknown", ["message_id": .string(row.id), "reason": .string(why)])
        return Result(outcome: .unknown(why), wasAnswered: false)
      }
    }
  }

  /// Why there is nothing to send.
  private struct Unmade: Error {
    var result: Result
  }

  /// What goes to Meta; files of ours that Meta does not have yet are given to it first.
  private func outgoing(
    _ row: OutboundRow, to recipient: MessageRecipient, token: Secret
  ) async -> Swift.Result<OutgoingMessage, Unmade> {
    let files = row.body.mediaIDs
    do {
      if files.isEmpty { return .success(try row.body.message(to: recipient, id: row.id)) }
      let known = try await media.metaIDs(
        files, of: row.sender.account, phoneNumberID: row.sender.phoneNumberID, token: token)
      let message = try row.body.message(to: recipient, id: row.id, media: known)
      // From here on it may reach Meta: a death before this left it in the queue.
      try await database.write { try row.leave($0) }
      return .success(message)
    } catch let failure as OutboundMedia.Failure {
      return .failure(Unmade(result: notUploaded(failure, row)))
    } catch let failure as StoreFailure {
      return .failure(
        Unmade(result: Result(outcome: SendPolicy.notSent(failure.message, attempts: row.attempts, at: clock.now))))
    } catch {
      log.fault("message.body_not_made", ["message_id": .string(row.id), "error": .string("\(error)")])
      let error = MessageError(code: "CONTENT_UNREADABLE", message: "The message cannot be written.")
      return .failure(Unmade(result: Result(outcome: .failed(error))))
    }
  }

  private func notUploaded(_ failure: OutboundMedia.Failure, _ row: OutboundRow) -> Result {
    if let answer = failure.answer { return refused(answer, row) }
    guard failure.mayRetry else { return Result(outcome: .failed(failure.error)) }
    return Result(
      outcome: SendPolicy.notSent(failure.error.message, attempts: row.attempts, at: clock.now),
      wasAnswered: failure.isMetaSilent ? false : nil)
  }

  private func notSent(_ failure: OutboundFailure, _ row: OutboundRow) -> Result {
    // What this process did not try says nothing of Meta.
    let isOurs = failure.kind == .overloaded || failure.kind == .cancelled
    return Result(
      outcome: SendPolicy.notSent(failure.message, attempts: row.attempts, at: clock.now),
      wasAnswered: isOurs ? nil : false)
  }

  private func refused(_ answer: GraphError, _ row: OutboundRow) -> Result {
    guard let code = answer.sendErrorCode else {
      // Not Meta's: a proxy on the way, or a wrong address, that let nothing through.
      return Result(
        outcome: SendPolicy.notSent(answer.summary, attempts: row.attempts, at: clock.now), wasAnswered: false)
    }
    var error = SendErrors.error(
      forMeta: code, title: answer.message, details: answer.details, isTransient: answer.isTransient)
    error.metaCode = answer.code
    let (outcome, pause) = SendPolicy.refused(
      error, code: code, retryAfter: answer.retryAfterMilliseconds, attempts: row.refusals + 1,
      pairTries: row.pairTries + 1, at: clock.now)
    return Result(outcome: outcome, pause: pause, wasAnswered: !answer.isAboutMetaItself)
  }
}

extension GraphError {
  /// The code that the table of send errors goes by. Without Meta's error object (a proxy, a wrong address) the status
  /// alone speaks; nil when that says nothing either.
  fileprivate var sendErrorCode: Int? {
    if isTokenProblem { return 190 }
    if code != 0 { return code }
    return httpStatus == 429 ? 130_429 : nil
  }

  /// Meta is down or overloaded. 131000 also stands for single messages that Meta cannot make sense of.
  fileprivate var isAboutMetaItself: Bool {
    switch code {
    case 2, 131_016, 133_004: true
    case 131_000: httpStatus >= 500
    default: false
    }
  }
}
