/// What a file's first bytes say it is. Pure; reads nothing behind what it was given.
struct MediaSignature {
  private let head: [UInt8]

  init(_ head: [UInt8]) { self.head = head }

  var isJPEG: Bool { begins([0xFF, 0xD8, 0xFF]) }
  var isPNG: Bool { begins([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) }
  /// RIFF with the form type WEBP.
  var isWebP: Bool { has("RIFF", at: 0) && has("WEBP", at: 8) }
  /// The extended header's animation bit (https://developers.google.com/speed/webp/docs/riff_container).
  var isAnimatedWebP: Bool { isWebP && has("VP8X", at: 12) && head.count > 20 && head[20] & 0x02 != 0 }
  /// ISO base media: MP4, 3GP, M4A.
  var isMP4: Bool { has("ftyp", at: 4) }
  /// Ogg whose first page holds Opus' identification (RFC 7845 §5.1): Meta takes no other codec.
  var isOggOpus: Bool { has("OggS", at: 0) && has("OpusHead", at: 28) }
  /// An ID3 tag, or a frame's sync word with a layer that is not reserved.
  var isMPEGAudio: Bool {
    has("ID3", at: 0) || head.count > 1 && head[0] == 0xFF && head[1] & 0xE0 == 0xE0 && head[1] & 0x06 != 0
  }
  /// AAC with ADTS headers: sync word and layer 0.
  var isADTS: Bool { head.count > 1 && head[0] == 0xFF && head[1] & 0xF6 == 0xF0 }
  var isAMR: Bool { has("#!AMR", at: 0) }
  /// Readers look for it in the first kilobyte.
  var isPDF: Bool {
    let mark = Array("%PDF-".utf8)
    return (0..<min(1_024, head.count)).contains { head[$0...].starts(with: mark) }
  }
  /// The older office files.
  var isCompoundFile: Bool { begins([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]) }
  /// The newer ones are archives.
  var isZip: Bool { begins([0x50, 0x4B, 0x03, 0x04]) }
  /// No control characters but those of lines; the encoding is not judged.
  var isText: Bool {
    !head.isEmpty && head.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0C || $0 == 0x0D }
  }

  private func begins(_ mark: [UInt8]) -> Bool { head.starts(with: mark) }
  private func has(_ mark: String, at place: Int) -> Bool {
    head.count >= place && head[place...].starts(with: mark.utf8)
  }
}
