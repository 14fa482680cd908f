import JSON

/// Reads what engines answer: OpenAI's `json` and `verbose_json` with the liberties others take, and bare text.
enum TranscriptionAnswer {
  /// An engine that is as sure as this that nobody speaks has made its words up (whisper's own threshold).
  static let noSpeech = 0.6

  /// `isEmptyAllowed`: no bytes at all are a transcript of silence. `trustsConfidence`: a `confidence` beside the text
  /// is what the operator's own program says.
  static func read(
    _ bytes: [UInt8], isEmptyAllowed: Bool, trustsConfidence: Bool = false
  ) throws(TranscriberFailure) -> Transcript {
    let content = bytes.drop { isSpace($0) }
    switch content.first {
    case nil:
      guard isEmptyAllowed else { throw .unreadable("the answer is empty") }
      return Transcript(text: "")
    case UInt8(ascii: "{"): return try object(document(bytes).root, trustsConfidence)
    case UInt8(ascii: "\""):
      // Some servers write the bare text as JSON; others write a text that begins with a quote.
      if let text = try? JSONDocument(parsing: bytes).root.string { return try plain(text) }
      return try plain(bytes)
    // An error page, a list.
    case UInt8(ascii: "<"): throw .unreadable("the answer is a page, not a transcript")
    default: return try plain(bytes)
    }
  }

  /// The words of an error, wherever the server put them; nil where there are none.
  static func errorText(_ bytes: [UInt8]) -> String? {
    guard let root = try? JSONDocument(parsing: bytes).root else {
      let text = String(decoding: bytes.prefix(4 << 10), as: UTF8.self)
      return text.contains("<") || text.allSatisfy(\.isWhitespace) ? nil : text
    }
    return errorText(root) ?? root["message"]?.string ?? root["detail"]?.string ?? root["detail"]?[0]?["msg"]?.string
  }

  private static func errorText(_ root: JSONNode) -> String? {
    guard let error = root["error"], !error.isNull else { return nil }
    return error.string ?? error["message"]?.string ?? error["code"]?.string ?? "an error without words"
  }

  private static func document(_ bytes: [UInt8]) throws(TranscriberFailure) -> JSONDocument {
    do throws(JSONFailure) {
      return try JSONDocument(parsing: bytes)
    } catch {
      throw .unreadable("not JSON, \(error)")
    }
  }

  private static func plain(_ bytes: [UInt8]) throws(TranscriberFailure) -> Transcript {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .unreadable("the text is not UTF-8") }
    return try plain(text)
  }

  private static func plain(_ text: String) throws(TranscriberFailure) -> Transcript {
    Transcript(text: try withoutTimes(text))
  }

  /// Subtitles are full of digits that nobody said.
  private static func withoutTimes(_ text: String) throws(TranscriberFailure) -> String {
    if text.contains("-->") { throw .unreadable("the answer has time stamps in its text") }
    return text
  }

  private static func object(_ root: JSONNode, _ trustsConfidence: Bool) throws(TranscriberFailure) -> Transcript {
    // whisper.cpp and proxies send errors with status 200 at times.
    if let error = errorText(root) { throw .refused(status: 200, error) }
    let segments = Segment.all(root)
    let spoken = segments.filter { ($0.noSpeech ?? 0) <= noSpeech }
    let text: String
    if segments.count > spoken.count {
      text = spoken.map { $0.text ?? "" }.joined(separator: " ")
    } else if let whole = root["text"]?.string {
      text = whole
    } else if !segments.isEmpty, segments.allSatisfy({ $0.text != nil }) {
      text = segments.map { $0.text ?? "" }.joined(separator: " ")
    } else {
      throw .unreadable("the answer has no text")
    }
    // Somebody may have said what the engine wrote and does not believe in.
    let isIncomplete = segments.contains { segment in
      (segment.noSpeech ?? 0) > noSpeech && !InventedSpeech.isAll(of: segment.text ?? "")
    }
    let told = trustsConfidence ? root["confidence"]?.double : nil
    return Transcript(
      text: try withoutTimes(text),
      confidence: told ?? TranscriptConfidence(root, text, spoken.map(\.averageLogprob)).value,
      isIncomplete: isIncomplete)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// A stretch of speech as whisper cuts it.
  private struct Segment {
    var text: String?
    var noSpeech: Double?
    var averageLogprob: Double?

    static func all(_ root: JSONNode) -> [Segment] {
      var found: [Segment] = []
      root["segments"]?.forEachElement { node in
        found.append(
          Segment(
            text: node["text"]?.string, noSpeech: node["no_speech_prob"]?.double,
            averageLogprob: node["avg_logprob"]?.double))
      }
      return found
    }
  }
}
