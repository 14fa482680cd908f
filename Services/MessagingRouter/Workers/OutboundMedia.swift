import Contracts
import Crypto
import GraphAPI

/// Meta's ids of our files, for one number: given to Meta first where it does not have them.
struct OutboundMedia: Sendable {
  /// Why a file cannot be named to Meta.
  struct Failure: Error {
    var error: MessageError
    /// Meta could not be reached, and nothing of the message has left.
    var mayRetry = false
    /// What Meta has against the upload.
    var answer: GraphError?
    /// Meta did not answer.
    var isMetaSilent = false
  }

  var metaIDs:
    @Sendable (
      _ media: [MediaID], _ account: String, _ phoneNumberID: String, _ token: Secret
    ) async throws -> [MediaID: String]

  init(
    _ metaIDs:
      @escaping @Sendable (
        _ media: [MediaID], _ account: String, _ phoneNumberID: String, _ token: Secret
      ) async throws -> [MediaID: String]
  ) {
    self.metaIDs = metaIDs
  }

  func metaIDs(
    _ media: [MediaID], of account: String, phoneNumberID: String, token: Secret
  ) async throws -> [MediaID: String] {
    try await metaIDs(media, account, phoneNumberID, token)
  }

  /// Where no files are kept.
  static let none = OutboundMedia { media, _, _, _ in
    throw Failure(
      error: MessageError(
        code: SendRefusal.mediaNotFound.rawValue, message: "The file \(media[0].text) is not here.",
        nextStep: SendRefusal.mediaNotFound.rule.nextStep))
  }
}
