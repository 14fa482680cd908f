/// Why bytes are no recording that an engine should get.
enum WAVRefusal: Error, Equatable, CustomStringConvertible {
  /// No RIFF/WAVE at the start: an error page, an MP3.
  case notWAV
  /// The samples come without their format, or not at all.
  case noFormat, noSamples
  /// The format chunk is shorter than its fields, or contradicts itself.
  case badFormat
  /// Something else than 16-bit PCM, µ-law or A-law; the number is the file's own.
  case encoding(Int)
  case channels(Int)
  case sampleRate(Int)
  /// Seconds it lasts.
  case tooLong(Int)
  /// More chunks than any writer makes.
  case tooManyChunks

  var description: String {
    switch self {
    case .notWAV: "it does not start as a WAV file"
    case .noFormat: "it has no format chunk before its samples"
    case .noSamples: "it has no samples"
    case .badFormat: "its format chunk is damaged"
    case .encoding(let tag): "its encoding \(tag) is neither 16-bit PCM nor G.711"
    case .channels(let count): "it has \(count) channels"
    case .sampleRate(let rate): "its sample rate is \(rate) Hz"
    case .tooLong(let seconds): "it lasts \(seconds) s"
    case .tooManyChunks: "it has too many chunks"
    }
  }
}
