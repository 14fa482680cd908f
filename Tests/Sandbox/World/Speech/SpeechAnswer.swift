import HTTP
import JSON

/// A transcription in the shapes of OpenAI's API.
struct SpeechAnswer {
  var hearing: Hearing
  var seconds: Double
  var granularities: [String]
  var hasLogProbabilities: Bool

  func response(_ format: String) -> HTTPResponse {
    switch format {
    case "text": .text(hearing.text + "\n")
    case "verbose_json": .json(verbose)
    default: .json(plain)
    }
  }

  private var plain: JSONValue {
    var answer: JSONObject = [
      "text": .string(hearing.text),
      "usage": ["type": "duration", "seconds": .integer(Int(seconds.rounded(.up)))],
    ]
    if hasLogProbabilities {
      answer["logprobs"] = .array(
        hearing.segments.flatMap(\.words).map { word in
          let token = " " + word.text
          return [
            "token": .string(token), "logprob": .number(hearing.averageLogProbability),
            "bytes": .array(token.utf8.map { .integer(Int($0)) }),
          ]
        })
    }
    return .object(answer)
  }

  private var verbose: JSONValue {
    var answer: JSONObject = [
      "task": "transcribe", "language": "english", "duration": .number(seconds), "text": .string(hearing.text),
    ]
    if granularities.isEmpty || granularities.contains("segment") { answer["segments"] = .array(segments) }
    if granularities.contains("word") {
      answer["words"] = .array(
        hearing.segments.flatMap(\.words).map { word in
          [
            "word": .string(word.text.filter { $0 != "." }), "start": .number(Self.seconds(word.range.lowerBound)),
            "end": .number(Self.seconds(word.range.upperBound)),
          ]
        })
    }
    return .object(answer)
  }

  private var segments: [JSONValue] {
    // A sound without speech is one segment that says nothing.
    let all = hearing.segments.isEmpty ? [Hearing.Segment(words: [])] : hearing.segments
    return all.enumerated().map { index, segment in
      [
        "id": .integer(index), "seek": 0,
        "start": .number(Self.seconds(segment.words.first?.range.lowerBound ?? 0)),
        "end": .number(segment.words.last.map { Self.seconds($0.range.upperBound) } ?? seconds),
        "text": .string(" " + segment.text), "tokens": [], "temperature": 0,
        "avg_logprob": .number(hearing.averageLogProbability), "compression_ratio": 1.1,
        "no_speech_prob": .number(hearing.noSpeechProbability),
      ]
    }
  }

  private static func seconds(_ samples: Int) -> Double {
    (Double(samples) / Double(CallSound.rate) * 100).rounded() / 100
  }
}
