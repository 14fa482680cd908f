// Sources: Shared/JSON Services/Verifier/Hearing/CodeExtraction.swift Services/Verifier/Hearing/DigitReader.swift Services/Verifier/Hearing/DigitSpan.swift Services/Verifier/Hearing/FailureLine.swift Services/Verifier/Hearing/InventedSpeech.swift Services/Verifier/Hearing/NumberWord.swift Services/Verifier/Hearing/SpokenToken.swift Services/Verifier/Hearing/TranscriberFailure.swift Services/Verifier/Hearing/Transcript.swift Services/Verifier/Hearing/TranscriptConfidence.swift Services/Verifier/Hearing/TranscriptionAnswer.swift
// Compiled by scripts/fuzz together with these sources into one module.

/// Whatever a server or a program answers: a transcript with a confidence that is a share of one, or a failure with words.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  for trusts in [false, true] {
    do throws(TranscriberFailure) {
      let transcript = try TranscriptionAnswer.read(bytes, isEmptyAllowed: true, trustsConfidence: trusts)
      precondition(!transcript.text.contains("-->"), "time stamps in a text")
      if let confidence = transcript.confidence { precondition((0...1).contains(confidence), "no share of one") }
    } catch {
      precondition(!error.description.isEmpty && !error.description.contains("\n"), "a failure without a line")
    }
  }
  if let text = TranscriptionAnswer.errorText(bytes) { precondition(!FailureLine.of(text).isEmpty) }
  return 0
}
