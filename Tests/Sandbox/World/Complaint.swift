import Glibc

/// One line on standard error: what the sandbox could not do and nobody waits to be told.
enum Complaint {
  static func say(_ text: String) {
    let line = Array("sandbox: \(text)\n".utf8)
    // Nothing can be done about a standard error that is closed.
    _ = write(STDERR_FILENO, line, line.count)
  }
}
