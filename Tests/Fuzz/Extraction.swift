// Sources: Services/Verifier/Hearing/CodeExtraction.swift Services/Verifier/Hearing/DigitReader.swift Services/Verifier/Hearing/DigitSpan.swift Services/Verifier/Hearing/EngineAnswer.swift Services/Verifier/Hearing/FailureLine.swift Services/Verifier/Hearing/Hearing.swift Services/Verifier/Hearing/HearingDoubt.swift Services/Verifier/Hearing/InventedSpeech.swift Services/Verifier/Hearing/NumberWord.swift Services/Verifier/Hearing/SpokenToken.swift Services/Verifier/Hearing/TranscriberFailure.swift Services/Verifier/Hearing/Transcript.swift
// Compiled by scripts/fuzz together with these sources into one module.

/// Any text: codes are six digits that were there, nothing is submitted that was not said twice, and nothing foreign
/// beside a code is overlooked.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  check(text)
  check("Verification code is 123456. \(text) Verification code is 123456.")
  let line = FailureLine.of(text)
  precondition(!line.isEmpty && !line.contains("\n") && line.unicodeScalars.count <= FailureLine.characters + 1)
  precondition(CodeExtraction(line).codes.isEmpty || CodeExtraction(line).digitCount < 6, "a code in a failure's line")
  return 0
}

private func check(_ text: String) {
  let found = CodeExtraction(text)
  var digits = 0
  for code in found.codes {
    precondition(code.digits.utf8.count == 6 && code.digits.utf8.allSatisfy { (0x30...0x39).contains($0) })
    digits += 6 * code.count
  }
  precondition(digits <= found.digitCount && found.digitCount <= 2 * CodeExtraction.textLimit)
  let answer = EngineAnswer(engine: "engine", result: .success(Transcript(text: text, confidence: 1)))
  switch Hearing([answer], minimumConfidence: 0.85) {
  case .sure(let code, _):
    precondition(found.codes.count == 1 && found.codes[0].digits == code && found.codes[0].count >= 2)
    precondition(found.foreignCount == 0 && !found.isAmbiguous && !found.isCut && found.isAnnounced)
  case .noCode: precondition(found.codes.isEmpty && !found.mentionsCode && !found.isCut && found.foreignCount >= 3)
  case .listener(let guess, _): precondition(guess == nil || found.codes.contains { $0.digits == guess })
  }
  // A confident engine is needed: without confidence one alone is never enough.
  let silent = EngineAnswer(engine: "engine", result: .success(Transcript(text: text)))
  if case .sure = Hearing([silent], minimumConfidence: 0.85) { preconditionFailure("sure of repeats alone") }
}
