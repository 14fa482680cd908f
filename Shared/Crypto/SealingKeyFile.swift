import Glibc

/// Reads key files: who may read them, how long they are, what a line looks like.
enum SealingKeyFile {
  /// Eight keys and a page of comments fit many times over.
  static let maximumByteCount = 64 * 1024

  /// The keys of the file at `path`; every failure names the file.
  static func keys(at path: String) throws(CryptoFailure) -> [SealingKey] {
    do throws(CryptoFailure) {
      return try parse(read(path))
    } catch .badKeyFile(let reason) {
      throw .badKeyFile(reason: "\(path): \(reason)")
    }
  }

  /// The keys, at least one, in the order of their lines. Messages name a line by number and never repeat what may be a key.
  static func parse(_ text: String) throws(CryptoFailure) -> [SealingKey] {
    var keys: [SealingKey] = []
    let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    for (index, line) in lines.enumerated() {
      let number = index + 1
      let words = line.split { $0 == " " || $0 == "\t" }
      guard let id = words.first, !id.hasPrefix("#") else { continue }
      guard words.count == 2 else {
        throw .badKeyFile(reason: "line \(number) is not a key id and a key with a space between")
      }
      guard SealingKey.isValidID(id) else {
        throw .badKeyFile(
          reason: "line \(number): a key id has 1 to \(SealingKey.maximumIDLength) letters, digits, \"-\" or \"_\"")
      }
      guard let master = Base64.decode(String(words[1])), master.count == SealingKey.masterByteCount else {
        throw .badKeyFile(reason: "line \(number): the key is not \(SealingKey.masterByteCount) bytes in base64")
      }
      guard !keys.contains(where: { $0.id == id }) else {
        throw .badKeyFile(reason: "line \(number): the key id \"\(id)\" occurs twice")
      }
      guard keys.count < SealingKeyring.maximumKeys else {
        throw .badKeyFile(reason: "line \(number): more than \(SealingKeyring.maximumKeys) keys")
      }
      keys.append(SealingKey(id: String(id), master: master))
    }
    guard !keys.isEmpty else { throw .badKeyFile(reason: "it holds no key") }
    return keys
  }

  /// The text of the file. What is checked is the descriptor that is read, so the file cannot change in between.
  private static func read(_ path: String) throws(CryptoFailure) -> String {
    // Not blocking, so that a pipe in the file's place is refused instead of waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .badKeyFile(reason: "\(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .badKeyFile(reason: "\(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .badKeyFile(reason: "it is not a regular file") }
    guard status.st_mode & 0o077 == 0 else {
      let mode = String(status.st_mode & 0o777, radix: 8)
      throw .badKeyFile(reason: "its mode 0\(mode) lets others at the keys; make it 0600")
    }
    return try text(of: descriptor)
  }

  private static func text(of descriptor: Int32) throws(CryptoFailure) -> String {
    var bytes = [UInt8](repeating: 0, count: maximumByteCount + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
      }
      if got == 0 { break }
      if got > 0 {
        count += got
      } else if errno != EINTR {
        throw .badKeyFile(reason: "\(String(cString: strerror(errno)))")
      }
    }
    guard count <= maximumByteCount else {
      throw .badKeyFile(reason: "it is longer than \(maximumByteCount) bytes")
    }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw .badKeyFile(reason: "it is not text")
    }
    return text
  }
}
