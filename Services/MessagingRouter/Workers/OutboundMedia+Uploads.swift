import Contracts
import GraphAPI

extension OutboundMedia {
  /// Files that are given to Meta by `uploads`.
  static func uploaded(by uploads: MediaUploads) -> OutboundMedia {
    OutboundMedia { media, account, phoneNumberID, token in
      do {
        return try await uploads.metaIDs(for: media, of: account, phoneNumberID: phoneNumberID, token: token)
      } catch let failure as MediaUploadFailure {
        throw Failure(failure)
      }
    }
  }
}

extension OutboundMedia.Failure {
  fileprivate init(_ failure: MediaUploadFailure) {
    switch failure {
    case .notAvailable:
      error = MessageError(
        code: SendRefusal.mediaNotFound.rawValue, message: "The file is gone: \(failure).",
        nextStep: SendRefusal.mediaNotFound.rule.nextStep)
    case .file:
      error = MessageError(code: "MEDIA_UNREADABLE", message: "The file cannot be read: \(failure).", isRetriable: true)
      mayRetry = true
    case .graph(.answered(let answer)):
      error = SendErrors.error(
        forMeta: answer.code, title: answer.message, details: answer.details, isTransient: answer.isTransient)
      self.answer = answer
    case .graph(let failure):
      // An upload is not a send: it may be made again, whatever became of it.
      error = MessageError(
        code: "META_UNREACHABLE", message: "The file could not be given to Meta: \(failure.message)", isRetriable: true)
      mayRetry = true
      isMetaSilent = true
    }
  }
}
