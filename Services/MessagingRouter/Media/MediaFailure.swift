import Glibc

/// Why bytes could not be kept.
enum MediaFileFailure: Error, Equatable, CustomStringConvertible {
  /// More came than is allowed.
  case tooLarge(limit: Int)
  /// Less space would be left on the disk than is kept free.
  case noSpace
  /// Another failure of the file system, by its number.
  case system(Int32)

  /// Of the last system call.
  static var last: MediaFileFailure { errno == ENOSPC || errno == EDQUOT ? .noSpace : .system(errno) }

  var description: String {
    switch self {
    case .tooLarge(let limit): "more than \(limit) bytes"
    case .noSpace: "the disk is full"
    case .system(let number): String(cString: strerror(number))
    }
  }
}
