// Sources: Shared/Outbound/AnswerReader.swift Shared/Outbound/BodyCarrier.swift Shared/Outbound/ChunkScanner.swift Shared/Outbound/EgressDenial.swift Shared/Outbound/HTTPClientConfiguration.swift Shared/Outbound/HeadLines.swift Shared/Outbound/OutboundFailure.swift Shared/Outbound/OutboundHeaders.swift Shared/Outbound/OutboundLimits.swift Shared/Outbound/OutboundRequest.swift Shared/Outbound/OutboundURL.swift Shared/Outbound/RequestCheck.swift
// Compiled by scripts/fuzz together with these sources into one module: nothing of ours is imported.

/// However an answer is cut, the client must receive the same, and what it receives must be an answer.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzAnswer(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let first = bytes.first else { return 0 }
  // The first byte decides the method and how the rest is cut.
  let stream = Array(bytes.dropFirst())
  let whole = read(stream, pieces: max(1, stream.count), isHead: first >= 128)
  let cut = read(stream, pieces: Int(first % 16) + 1, isHead: first >= 128)
  guard whole.isMalformed == cut.isMalformed else { fatalError("soundness depends on where the answer is cut") }
  if whole.isMalformed { return 0 }
  guard whole.isDone == cut.isDone else { fatalError("the end depends on where the answer is cut") }
  guard whole.isDone, !whole.out.isEmpty else { return 0 }
  // What was written must read as one whole answer.
  let again = read(whole.out, pieces: whole.out.count, isHead: first >= 128)
  guard again.isDone, !again.isMalformed else { fatalError("what was written is no answer") }
  return 0
}

private struct Reading {
  var out: [UInt8] = []
  var isDone = false
  var isMalformed = false
}

private func read(_ stream: [UInt8], pieces: Int, isHead: Bool) -> Reading {
  var reader = AnswerReader(isHead: isHead)
  var reading = Reading()
  var at = 0
  while at < stream.count, !reading.isDone {
    let end = min(stream.count, at + pieces)
    let progress = stream[at..<end].withUnsafeBytes { reader.take($0, note: "note: 1", into: &reading.out) }
    at = end
    if progress == .malformed {
      reading.isMalformed = true
      return reading
    }
    reading.isDone = progress == .done
  }
  if !reading.isDone { reading.isDone = reader.end(into: &reading.out) }
  return reading
}
