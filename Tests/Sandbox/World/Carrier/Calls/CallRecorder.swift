/// Decides how far a `<Record>` that begins somewhere in a call goes. Pure.
struct CallRecorder {
  /// Why it ended.
  enum End: String {
    case hangup
    case maxLength = "max_length"
    case silence
  }

  static let frame = CallSound.rate / 50

  /// Where it ends, in samples, and why.
  static func end(of sound: CallSound, from start: Int, _ verb: RecordVerb) -> (sample: Int, why: End) {
    let longest = start + CallSoundMaker.count(verb.maxLength)
    let stop = min(longest, sound.samples.count)
    let patience = CallSoundMaker.count(verb.timeout)
    var quietSince = start
    var position = start
    while position < stop {
      let next = min(position + frame, stop)
      if !CallSound.isSilent(sound.samples[position..<next]) { quietSince = next }
      position = next
      if position - quietSince >= patience, position < sound.samples.count { return (position, .silence) }
    }
    return (stop, longest < sound.samples.count ? .maxLength : .hangup)
  }

  /// Without the silence at both ends.
  static func trimmed(_ range: Range<Int>, of sound: CallSound) -> Range<Int> {
    var range = range
    while !range.isEmpty, CallSound.isSilent(sound.samples[range.prefix(frame)]) { range = range.dropFirst(frame) }
    while !range.isEmpty, CallSound.isSilent(sound.samples[range.suffix(frame)]) { range = range.dropLast(frame) }
    return range
  }
}
