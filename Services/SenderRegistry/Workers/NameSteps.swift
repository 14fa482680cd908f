import Contracts
import Crypto
import GraphAPI

/// The outside effects of changing a display name, one function each.
struct NameSteps: Sendable {
  let graph: GraphClient
  let keyring: SealingKeyring

  /// What came of one.
  enum Outcome: Sendable {
    /// Meta has the request.
    case asked
    case read(GraphNumberName)
    case registered
    case gone
    case refused(GraphError)
    case again(String, afterMilliseconds: Int64?, isUnknown: Bool)
  }

  func run(_ action: NameChangePlan.Action, _ change: NameChangeRow, _ sender: SenderRow) async throws -> Outcome {
    guard let (number, token) = sender.credentials(keyring) else { return .gone }
    do throws(GraphFailure) {
      switch action {
      case .ask:
        try await graph.requestDisplayName(change.name, phoneNumberID: number, token: token)
        return .asked
      case .lookForRequest, .lookForDecision, .lookBeforeRegistration, .lookForRegistration, .readName:
        return .read(try await graph.numberName(phoneNumberID: number, token: token))
      case .register:
        guard let sealed = sender.pin else { return .gone }
        let pin: Secret
        do throws(CryptoFailure) { pin = try keyring.open(sealed, binding: SenderRow.pinBinding(sender.id)) } catch {
          return .gone
        }
        try await graph.register(phoneNumberID: number, pin: pin, token: token)
        return .registered
      case .nothing:
        return .gone
      }
    } catch {
      // A stopping service cancels what runs. What came of the call is then found out at the next start.
      try Task.checkCancellation()
      switch error {
      case .notSent: return .again(error.message, afterMilliseconds: nil, isUnknown: false)
      case .unknown: return .again(error.message, afterMilliseconds: nil, isUnknown: true)
      case .answered(let answer):
        return answer.mayWorkLater
          ? .again(answer.summary, afterMilliseconds: answer.retryAfterMilliseconds, isUnknown: false)
          : .refused(answer)
      }
    }
  }
}
