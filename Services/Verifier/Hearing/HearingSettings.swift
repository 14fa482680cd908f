import Crypto
import Daemon
import Glibc
import Outbound

/// Which engines hear recordings, in which order, and when the machine may trust them.
struct HearingSettings: Sendable {
  enum Engine: Sendable {
    case server(ServerTranscriberSettings)
    case program(ProgramTranscriberSettings)
  }

  let engines: [Engine]
  let minimumConfidence: Double

  /// For `OperatorEgress.prepare`, and to know whether plain `http` is wanted.
  var urls: [String] {
    engines.compactMap { if case .server(let settings) = $0 { settings.endpoint } else { nil } }
  }

  /// The engines themselves. A program's leftovers of earlier starts are removed here.
  func makeEngines(http: HTTPClient) -> Engines {
    let transcribers = engines.map { engine -> any Transcriber in
      switch engine {
      case .server(let settings): ServerTranscriber(settings, http: http)
      case .program(let settings): ProgramTranscriber(settings)
      }
    }
    return Engines(transcribers, minimumConfidence: minimumConfidence)
  }

  init(_ reader: inout SettingsReader) {
    reader.section("Speech engines")
    let names = reader.list(
      "TRANSCRIBERS",
      help: "Engines in the order they are asked: server, second_server, program. None: a person listens.")
    for (index, name) in names.enumerated() {
      if !["server", "second_server", "program"].contains(name) {
        reader.reject("TRANSCRIBERS", "\"\(name)\" is not one of server, second_server, program")
      } else if names[..<index].contains(name) {
        reader.reject("TRANSCRIBERS", "\(name) is named twice")
      }
    }
    let server = Self.server(&reader, "server", prefix: "", isNamed: names.contains("server"))
    let second = Self.server(&reader, "second_server", prefix: "SECOND_", isNamed: names.contains("second_server"))
    let program = Self.program(&reader, isNamed: names.contains("program"))
    if let server, let second, server.endpoint.lowercased() == second.endpoint.lowercased() {
      // A server of one's own (whisper.cpp) has one model and ignores which it is asked for; a hosted one heeds it.
      if !second.endpoint.lowercased().hasPrefix("https:") {
        reader.reject(
          "SECOND_TRANSCRIBER_URL",
          "is the first engine again, and over plain http no other model is believed: it would agree with itself")
      } else if server.model == second.model {
        reader.reject(
          "SECOND_TRANSCRIBER_URL", "is the first engine again, with the same model: it would agree with itself")
      }
    }
    engines = names.compactMap { name in
      switch name {
      case "server": server.map { .server($0) }
      case "second_server": second.map { .server($0) }
      case "program": program.map { .program($0) }
      default: nil
      }
    }
    minimumConfidence = Self.share(
      &reader, "HEARING_MIN_CONFIDENCE", default: 0.85, range: 0.5...1,
      help: "From which confidence of one engine a code heard twice is submitted without a second engine; 0.5 to 1.")
  }

  private static func server(
    _ reader: inout SettingsReader, _ name: String, prefix: String, isNamed: Bool
  ) -> ServerTranscriberSettings? {
    let key = prefix + "TRANSCRIBER"
    let url = reader.optionalURL(
      "\(key)_URL", schemes: ["https", "http"],
      help: "A server with POST /v1/audio/transcriptions: its base URL, or the full one."
        + (prefix.isEmpty ? "" : " Not the first one's, unless that is https and asked for another model."))
    let model = reader.string("\(key)_MODEL", default: "whisper-1", help: "The model it is asked for.")
    let secret = reader.secret("\(key)_API_KEY", help: "Its key, if it wants one.")
    let format = reader.choice(
      "\(key)_FORMAT", default: TranscriptionFormat.verboseJSON,
      help: "What it is asked to answer with. Only verbose_json and json_logprobs tell how sure it is.")
    let timeLimit = reader.duration(
      "\(key)_TIMEOUT", default: .seconds(30), range: .seconds(1) ... .seconds(120),
      help: "How long one recording may take it.")
    if let secret, secret.bytes.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) {
      reader.reject("\(key)_API_KEY_FILE", "a key has no spaces, no control characters and no letters beyond ASCII")
    }
    if isNamed, url == nil {
      reader.reject("\(key)_URL", "is not set; TRANSCRIBERS names \(name)")
    } else if !isNamed, url != nil {
      reader.reject("\(key)_URL", "is set, but TRANSCRIBERS does not name \(name)")
    }
    guard isNamed, let url else { return nil }
    return ServerTranscriberSettings(
      name: name, url: url, model: model, key: secret, format: format, timeLimit: timeLimit)
  }

  private static func program(_ reader: inout SettingsReader, isNamed: Bool) -> ProgramTranscriberSettings? {
    let key = "TRANSCRIBER_PROGRAM"
    let path = reader.optionalPath(key, help: "A program that hears, by its absolute path. It gets a WAV file's path.")
    let arguments = reader.list("\(key)_ARGUMENTS", help: "Its arguments before that path.")
    let environment = reader.list(
      "\(key)_ENVIRONMENT", help: "NAME=value,…: its environment besides PATH, LANG and TMPDIR.")
    let folder = reader.string(
      "\(key)_FOLDER", default: "/dev/shm", help: "Recordings lie here while it runs; memory is better than a disk.")
    let timeLimit = reader.duration(
      "\(key)_TIMEOUT", default: .seconds(30), range: .seconds(1) ... .seconds(120),
      help: "How long one recording may take it; then it is ended.")
    let atOnce = reader.int("\(key)_AT_ONCE", default: 2, range: 1...64, help: "Programs at the same time.")
    var pairs: [String: String] = [:]
    for item in environment {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, !parts[0].isEmpty {
        pairs[String(parts[0])] = String(parts[1])
      } else {
        reader.reject("\(key)_ENVIRONMENT", "\"\(parts[0])\" is not NAME=value")
      }
    }
    if !isNamed, path != nil { reader.reject(key, "is set, but TRANSCRIBERS does not name program") }
    guard isNamed else { return nil }
    guard let path else {
      reader.reject(key, "is not set; TRANSCRIBERS names program")
      return nil
    }
    var status = stat()
    if !path.hasPrefix("/") {
      reader.reject(key, "\(path) is not an absolute path")
    } else if stat(path, &status) != 0 || status.st_mode & S_IFMT != S_IFREG || access(path, X_OK) != 0 {
      reader.reject(key, "\(path) is no program that this user may run")
    }
    if !folder.hasPrefix("/") || access(folder, W_OK | X_OK) != 0 {
      reader.reject("\(key)_FOLDER", "\(folder) is no folder that this user may write to")
    }
    return ProgramTranscriberSettings(
      path: path, arguments: arguments, environment: pairs, folder: folder, timeLimit: timeLimit, atOnce: atOnce)
  }

  private static func share(
    _ reader: inout SettingsReader, _ key: String, default standard: Double, range: ClosedRange<Double>, help: String
  ) -> Double {
    let text = reader.string(key, default: "\(standard)", help: help)
    guard let value = Double(text), range.contains(value) else {
      reader.reject(key, "\"\(text)\" is not a number from \(range.lowerBound) to \(range.upperBound)")
      return standard
    }
    return value
  }
}
