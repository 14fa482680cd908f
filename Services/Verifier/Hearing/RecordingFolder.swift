import FoundationEssentials
import Glibc

/// A private folder with one recording in it, for as long as a program reads it.
struct RecordingFolder {
  /// Mode 0700, a name nobody guesses.
  let path: String
  /// Mode 0600.
  var recording: String { path + "/call.wav" }

  private static let prefix = "wss-hearing-"

  init(in parent: String, _ wav: [UInt8]) throws(TranscriberFailure) {
    var template = Array("\(parent)/\(Self.prefix)\(getpid())-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .notStarted("no folder for the recording: \(String(cString: strerror(errno)))")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let written = Self.write(wav, to: recording)
    if written != 0 {
      remove()
      throw .notStarted("the recording cannot be written: \(String(cString: strerror(written)))")
    }
  }

  func remove() {
    // What is left, the next start removes.
    do { try FileManager.default.removeItem(atPath: path) } catch {}
  }

  /// Removes what processes that are gone have left there.
  static func removeLeftovers(in parent: String) {
    let names: [String]
    // A folder that cannot be listed has nothing of ours, or is refused when it is written to.
    do { names = try FileManager.default.contentsOfDirectory(atPath: parent) } catch { return }
    for name in names where name.hasPrefix(prefix) {
      guard let owner = name.dropFirst(prefix.count).split(separator: "-").first.flatMap({ pid_t($0) }), owner > 0,
        owner == getpid() || (kill(owner, 0) != 0 && errno == ESRCH)
      else { continue }
      // Not ours to remove: another user's, which the folder's owner sees.
      do { try FileManager.default.removeItem(atPath: parent + "/" + name) } catch {}
    }
  }

  /// 0, or the error's number.
  private static func write(_ bytes: [UInt8], to path: String) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { return errno }
    defer { close(descriptor) }
    return bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
        if count > 0 {
          done += count
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}
