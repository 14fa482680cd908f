import TestSupport

/// Reads Prometheus' text format, version 0.0.4, as strictly as a scraper.
enum PrometheusText {
  struct Sample {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  struct Malformed: Error, CustomStringConvertible {
    let description: String
  }

  /// Every sample. Throws at the first line that a scraper would refuse, at a family told of twice, and at a sample
  /// whose family has no type.
  static func parse(_ text: String) throws -> [Sample] {
    guard text.hasSuffix("\n") else { throw Malformed(description: "no newline at the end") }
    var types: [String: Substring] = [:]
    var samples: [Sample] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
      if line.hasPrefix("# HELP ") { continue }
      if line.hasPrefix("# TYPE ") {
        let words = line.split(separator: " ")
        guard words.count == 4, ["counter", "gauge", "histogram", "summary", "untyped"].contains(String(words[3]))
        else {
          throw Malformed(description: String(line))
        }
        guard types.updateValue(words[3], forKey: String(words[2])) == nil else {
          throw Malformed(description: "\(words[2]) is told of twice")
        }
        continue
      }
      if line.hasPrefix("#") { continue }
      let sample = try sample(line)
      guard types[family(sample.name, types)] != nil else { throw Malformed(description: "no type: \(line)") }
      samples.append(sample)
    }
    return samples
  }

  private static func family(_ name: String, _ types: [String: Substring]) -> String {
    for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
      let base = String(name.dropLast(suffix.count))
      if types[base] == "histogram" || types[base] == "summary" { return base }
    }
    return name
  }

  private static func sample(_ line: Substring) throws -> Sample {
    // Made per line: a Regex is not Sendable, and speed is no matter here.
    let grammar = /([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*\})? (\S+)/
    guard let match = line.wholeMatch(of: grammar), let value = number(match.3) else {
      throw Malformed(description: String(line))
    }
    var labels: [String: String] = [:]
    for label in (match.2 ?? "").matches(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"/) {
      guard labels.updateValue(String(label.2), forKey: String(label.1)) == nil else {
        throw Malformed(description: "a label twice: \(line)")
      }
    }
    return Sample(name: String(match.1), labels: labels, value: value)
  }

  private static func number(_ text: Substring) -> Double? {
    switch text {
    case "+Inf": .infinity
    case "-Inf": -.infinity
    case "NaN": .nan
    default: Double(text)
    }
  }
}
