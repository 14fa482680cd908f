import Crypto
import Synchronization

/// Every sound the sandbox has made, known again by its samples: how its speech server hears what was really said.
package final class SoundLibrary: Sendable {
  /// Sounds remembered, the newest.
  static let kept = 5_000

  /// What is in a sound.
  struct Entry: Sendable {
    var words: [SpokenWord]
    var noiseDecibels: Double?
    /// Chance for this sound, the same at every hearing.
    var seed: UInt64
  }

  private struct State {
    var entries: [[UInt8]: Entry] = [:]
    var order: [[UInt8]] = []
  }

  private let state = Mutex(State())

  init() {}

  func remember(_ sound: CallSound) {
    let fingerprint = SHA256.hash(MuLaw.linearBytes(sound.samples))
    let seed = fingerprint.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    state.withLock { state in
      if state.entries[fingerprint] == nil {
        if state.order.count >= Self.kept { state.entries[state.order.removeFirst()] = nil }
        state.order.append(fingerprint)
      }
      state.entries[fingerprint] = Entry(words: sound.words, noiseDecibels: sound.noiseDecibels, seed: seed)
    }
  }

  /// Nil for a sound the sandbox did not make.
  func entry(of file: WAV) -> Entry? {
    let fingerprint = SHA256.hash(Array(file.data))
    return state.withLock { $0.entries[fingerprint] }
  }
}
