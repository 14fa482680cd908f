import Contracts
import GraphAPI

/// Why a medium could not be given to Meta.
enum MediaUploadFailure: Error, Sendable, CustomStringConvertible {
  /// There is no such medium, or its bytes are not here: no try will mend that.
  case notAvailable(MediaID)
  /// Meta refused, or cannot be reached.
  case graph(GraphFailure)
  /// It could not be read here.
  case file(MediaFileFailure)

  var description: String {
    switch self {
    case .notAvailable(let id): "the bytes of \(id) are not here"
    case .graph(let failure): failure.message
    case .file(let failure): "the bytes cannot be read: \(failure)"
    }
  }
}
