import Glibc

/// What is left on a disk for this process.
enum DiskSpace {
  /// Bytes left where an open file lies; nil when that cannot be told.
  static func free(of descriptor: Int32) -> Int? {
    var status = statvfs()
    guard fstatvfs(descriptor, &status) == 0 else { return nil }
    return free(status)
  }

  /// Bytes left where `path` lies.
  static func free(at path: String) -> Int? {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return nil }
    return free(status)
  }

  private static func free(_ status: statvfs) -> Int {
    let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return overflow ? .max : Int(clamping: bytes)
  }
}
