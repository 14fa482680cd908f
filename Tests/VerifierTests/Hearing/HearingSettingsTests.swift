import Crypto
import Daemon
import Foundation
import Outbound
import TestSupport
import Testing

@testable import Verifier

@Suite struct HearingSettingsTests {
  private func read(_ environment: [String: String]) -> (settings: HearingSettings, problems: [String]) {
    var reader = SettingsReader(SettingsSources(environment: environment))
    let settings = HearingSettings(&reader)
    do throws(SettingsFailure) {
      try reader.finish()
      return (settings, [])
    } catch {
      return (settings, error.problems.map(\.description))
    }
  }

  @Test func `a fresh install has no engine`() {
    let (settings, problems) = read([:])
    #expect(settings.engines.isEmpty && settings.urls.isEmpty && settings.minimumConfidence == 0.85 && problems == [])
  }

  @Test func `engines come in the order they are named`() throws {
    let (settings, problems) = read([
      "TRANSCRIBERS": "program, second_server,server", "TRANSCRIBER_URL": "http://whisper:8080/",
      "SECOND_TRANSCRIBER_URL": "https://api.openai.com/v1", "SECOND_TRANSCRIBER_MODEL": "gpt-4o-transcribe",
      "SECOND_TRANSCRIBER_FORMAT": "json_logprobs", "SECOND_TRANSCRIBER_API_KEY": "sk-1",
      "SECOND_TRANSCRIBER_TIMEOUT": "5s",
      "TRANSCRIBER_PROGRAM": "/bin/sh", "TRANSCRIBER_PROGRAM_ARGUMENTS": "-m,model.bin",
      "TRANSCRIBER_PROGRAM_ENVIRONMENT": "A=1,B=x=y", "TRANSCRIBER_PROGRAM_FOLDER": "/tmp",
      "HEARING_MIN_CONFIDENCE": "0.9",
    ])
    #expect(problems == [] && settings.minimumConfidence == 0.9)
    #expect(
      settings.urls == [
        "https://api.openai.com/v1/audio/transcriptions", "http://whisper:8080/v1/audio/transcriptions",
      ])
    guard settings.engines.count == 3, case .program(let program) = settings.engines[0],
      case .server(let second) = settings.engines[1], case .server(let server) = settings.engines[2]
    else {
      Issue.record("\(settings.engines.count) engines")
      return
    }
    #expect(
      program.path == "/bin/sh" && program.arguments == ["-m", "model.bin"]
        && program.environment == ["A": "1", "B": "x=y"])
    #expect(program.folder == "/tmp" && program.atOnce == 2 && program.timeLimit == .seconds(30))
    #expect(second.name == "second_server" && second.model == "gpt-4o-transcribe" && second.format == .jsonWithLogprobs)
    #expect(second.key?.string == "sk-1" && second.timeLimit == .seconds(5))
    #expect(
      server.name == "server" && server.model == "whisper-1" && server.key == nil && server.format == .verboseJSON)
    let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    #expect(settings.makeEngines(http: http).transcribers.map(\.name) == ["program", "second_server", "server"])
  }

  @Test func `a hosted server may be asked for two models`() {
    let (settings, problems) = read([
      "TRANSCRIBERS": "server,second_server", "TRANSCRIBER_URL": "https://a", "SECOND_TRANSCRIBER_URL": "https://a/v1",
      "SECOND_TRANSCRIBER_MODEL": "gpt-4o-transcribe",
    ])
    #expect(problems == [] && settings.engines.count == 2)
    let http = HTTPClient(HTTPClientConfiguration())
    #expect(Set(settings.makeEngines(http: http).transcribers.map(\.source)).count == 1)
  }

  @Test(arguments: [
    (["TRANSCRIBERS": "whisper"], "TRANSCRIBERS: \"whisper\" is not one of server, second_server, program"),
    (["TRANSCRIBERS": "server,server", "TRANSCRIBER_URL": "http://a"], "TRANSCRIBERS: server is named twice"),
    (["TRANSCRIBERS": "server"], "TRANSCRIBER_URL: is not set; TRANSCRIBERS names server"),
    (["TRANSCRIBERS": "second_server"], "SECOND_TRANSCRIBER_URL: is not set; TRANSCRIBERS names second_server"),
    (["TRANSCRIBERS": "program"], "TRANSCRIBER_PROGRAM: is not set; TRANSCRIBERS names program"),
    (["TRANSCRIBER_URL": "http://a"], "TRANSCRIBER_URL: is set, but TRANSCRIBERS does not name server"),
    (
      ["SECOND_TRANSCRIBER_URL": "http://a"],
      "SECOND_TRANSCRIBER_URL: is set, but TRANSCRIBERS does not name second_server"
    ),
    (["TRANSCRIBER_PROGRAM": "/bin/sh"], "TRANSCRIBER_PROGRAM: is set, but TRANSCRIBERS does not name program"),
    (["TRANSCRIBERS": "program", "TRANSCRIBER_PROGRAM": "sh"], "TRANSCRIBER_PROGRAM: sh is not an absolute path"),
    (
      ["TRANSCRIBERS": "program", "TRANSCRIBER_PROGRAM": "/etc"],
      "TRANSCRIBER_PROGRAM: /etc is no program that this user may run"
    ),
    (
      ["TRANSCRIBERS": "program", "TRANSCRIBER_PROGRAM": "/etc/passwd"],
      "TRANSCRIBER_PROGRAM: /etc/passwd is no program that this user may run"
    ),
    (
      ["TRANSCRIBERS": "program", "TRANSCRIBER_PROGRAM": "/bin/sh", "TRANSCRIBER_PROGRAM_FOLDER": "/nonexistent"],
      "TRANSCRIBER_PROGRAM_FOLDER: /nonexistent is no folder that this user may write to"
    ),
    (["TRANSCRIBER_PROGRAM_ENVIRONMENT": "A"], "TRANSCRIBER_PROGRAM_ENVIRONMENT: \"A\" is not NAME=value"),
    (
      ["TRANSCRIBERS": "server,second_server", "TRANSCRIBER_URL": "http://a", "SECOND_TRANSCRIBER_URL": "http://a/v1"],
      "SECOND_TRANSCRIBER_URL: is the first engine again, and over plain http no other model is believed: it would agree with itself"
    ),
    (
      [
        "TRANSCRIBERS": "server,second_server", "TRANSCRIBER_URL": "http://whisper:8080/inference",
        "SECOND_TRANSCRIBER_URL": "http://Whisper:8080/inference", "SECOND_TRANSCRIBER_MODEL": "large",
      ],
      "SECOND_TRANSCRIBER_URL: is the first engine again, and over plain http no other model is believed: it would agree with itself"
    ),
    (
      [
        "TRANSCRIBERS": "server,second_server", "TRANSCRIBER_URL": "https://a",
        "SECOND_TRANSCRIBER_URL": "https://a/v1",
      ],
      "SECOND_TRANSCRIBER_URL: is the first engine again, with the same model: it would agree with itself"
    ),
    (
      ["TRANSCRIBERS": "server", "TRANSCRIBER_URL": "http://a", "TRANSCRIBER_API_KEY": "a b"],
      "TRANSCRIBER_API_KEY_FILE: a key has no spaces, no control characters and no letters beyond ASCII"
    ),
    (["HEARING_MIN_CONFIDENCE": "0.4"], "HEARING_MIN_CONFIDENCE: \"0.4\" is not a number from 0.5 to 1.0"),
    (["HEARING_MIN_CONFIDENCE": "nan"], "HEARING_MIN_CONFIDENCE: \"nan\" is not a number from 0.5 to 1.0"),
    (["HEARING_MIN_CONFIDENCE": "85%"], "HEARING_MIN_CONFIDENCE: \"85%\" is not a number from 0.5 to 1.0"),
  ])
  func `what cannot work is refused by name`(environment: [String: String], problem: String) {
    #expect(read(environment).problems == [problem])
  }
}
