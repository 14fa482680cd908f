// Sources: Services/Verifier/Hearing/G711.swift Services/Verifier/Hearing/RIFFChunks.swift Services/Verifier/Hearing/WAVFile.swift Services/Verifier/Hearing/WAVRefusal.swift
// Compiled by scripts/fuzz together with the parser's own files, which need nothing else.

/// Any bytes, as they are and behind a good beginning: measures that make sense, or a refusal.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  check(bytes)
  let riff: [UInt8] = Array("RIFF\0\0\0\0WAVE".utf8)
  check(riff + bytes)
  for (tag, bits) in [(1, 16), (6, 8), (7, 8)] as [(UInt8, UInt8)] {
    let format = Array("fmt ".utf8) + [16, 0, 0, 0, tag, 0, 1, 0, 0x40, 0x1F, 0, 0, 0, 0, 0, 0, bits / 8, 0, bits, 0]
    check(riff + format + bytes)
    check(riff + format + Array("data\u{0}\u{0}\u{0}\u{0}".utf8) + bytes)
  }
  return 0
}

private func check(_ bytes: [UInt8]) {
  do throws(WAVRefusal) {
    let file = try WAVFile(bytes)
    precondition(file.seconds > 0 && file.seconds <= WAVFile.longest, "a length out of range")
    precondition((0...1).contains(file.peak) && (0...1).contains(file.loudness), "a level out of range")
    precondition(
      file.loudness <= file.loudestMoment + 1e-9 && file.loudestMoment <= 1, "the whole louder than its part")
    precondition((1...2).contains(file.channels) && (8_000...48_000).contains(file.sampleRate))
  } catch {
    precondition(!error.description.isEmpty, "a refusal without words")
  }
}
