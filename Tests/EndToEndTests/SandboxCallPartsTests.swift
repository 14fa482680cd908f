import Foundation
import TestSupport
import Testing

@testable import SandboxWorld

/// The parts of calls that need no sockets.
@Suite struct SandboxCallPartsTests {
  @Test func `the signature is the carrier's for every published vector`() {
    let call = [
      (name: "CallSid", value: "CA1234567890ABCDE"), (name: "Caller", value: "+14158675309"),
      (name: "Digits", value: "1234"), (name: "From", value: "+14158675309"), (name: "To", value: "+18005551212"),
    ]
    func sign(_ url: String, _ parameters: CarrierForm.Fields) -> String {
      CarrierSignature.make(url: url, parameters: parameters, token: Array("12345".utf8))
    }
    let path = "/myapp.php?foo=1&bar=2"
    #expect(sign("https://mycompany.com\(path)", call) == "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    #expect(sign("https://mycompany.com:443\(path)", call) == "kvajT1Ptam85bY51eRf/AJRuM3w=")
    #expect(sign("http://mycompany.com:80\(path)", call) == "0ZXoZLH/DfblKGATFgpif+LLRf4=")
    let repeated = ["5678", "1234", "1234"].map { (name: "Digits", value: $0) }
    let ids = [(name: "Sid", value: "CA123"), (name: "SidAccount", value: "AC123")]
    #expect(sign("https://mycompany.com\(path)", ids + repeated) == "IK+Dwps556ElfBT0I3Rgjkr1wJU=")
    let body = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
    #expect(sign("https://mycompany.com\(path)&bodySHA256=\(body)", []) == "a9nBmqA0ju/hNViExpshrM61xv4=")
  }

  @Test(arguments: [
    ("", "no element"), ("<Response>", "not closed"), ("<Response></Respond>", "closed by"),
    ("<Response/>x", "after the root"), ("<Response a=1/>", "not quoted"), ("<Response a='1' a='2'/>", "twice"),
    ("<Response>&nbsp;</Response>", "no entity"), ("<Response>a & b</Response>", "no entity"),
    ("<!DOCTYPE x><Response/>", "no name"), ("<Response a=\"<\"/>", "< in"), ("<Response><!-- </Response>", "comment"),
    ("<Other/>", "not <Response>"), ("<Response><Play>x</Play></Response>", "no verb"),
    ("<Response><Redirect/></Response>", "names no URL"), ("<Response><Pause length=\"x\"/></Response>", "no number"),
    ("<Response><Record maxLength=\"0\"/></Response>", "maxLength"),
    ("<Response><Record trim=\"no\"/></Response>", "trim"),
    ("<Response><Record method=\"PUT\"/></Response>", "GET or POST"),
    (String(repeating: "<a>", count: 100), "too deep"),
  ])
  func `what is no TwiML is refused with the reason`(text: String, reason: String) throws {
    let failure = #expect(throws: XMLReader.Failure.self) { try TwiML(Array(text.utf8)) }
    #expect(failure?.description.contains(reason) == true, "\(failure?.description ?? "")")
  }

  @Test func `TwiML is read with Twilio's defaults`() throws {
    let text = """
      <?xml version="1.0"?> <!-- hello --> <Response>
      <Say>It&apos;s <![CDATA[<open>]]> &#65;</Say><Pause/><Record/>
      <Redirect> http://h/a?b=1&amp;c=2 </Redirect><Reject/><Hangup/></Response>
      """
    let record = try RecordVerb([:])
    #expect(
      try TwiML(Array(text.utf8)).verbs == [
        .say("It's <open> A"), .pause(seconds: 1), .record(record),
        .redirect(url: "http://h/a?b=1&c=2", method: "POST"), .reject(isBusy: false), .hangup,
      ])
    #expect(record.playsBeep && record.trimsSilence && record.timeout == 5 && record.maxLength == 3_600)
    #expect(record.action == nil && record.callbackEvents == ["completed"])
  }

  @Test(arguments: [
    ("http://o/x", "http://h:1/a/b?c", "http://o/x"), ("/x?y", "http://h:1/a/b?c", "http://h:1/x?y"),
    ("x", "http://h:1/a/b?c=/d", "http://h:1/a/x"), ("x", "http://h:1", "http://h:1/x"),
  ])
  func `a relative URL counts from its document`(target: String, base: String, expected: String) {
    #expect(CallRun.absolute(target, from: base) == expected)
  }

  @Test func `telephone samples survive, and a file says what it holds`() throws {
    for byte in UInt8.min...UInt8.max {
      let again = MuLaw.encode(MuLaw.decode(byte))
      #expect(MuLaw.decode(again) == MuLaw.decode(byte))
    }
    #expect(MuLaw.decode(MuLaw.encode(0)) == 0)
    for sample in [Int16.min, -5_000, -3, 3, 5_000, .max] {
      let error = abs(Int(MuLaw.decode(MuLaw.encode(sample))) - Int(sample))
      #expect(error <= max(8, Int(sample.magnitude) / 16))
    }
    let file = WAV.file([0xFF, 0x80, 0x00])
    let read = try #require(WAV(parsing: file))
    #expect(read.rate == 8_000 && read.channels == 1 && read.samples == [0, 32_124, -32_124])
    // A length as programs write it that stream, an odd chunk before the data, and a file cut short.
    var streamed = file
    streamed.replaceSubrange(40..<44, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(WAV(parsing: streamed)?.samples == read.samples)
    var listed = file
    listed.insert(contentsOf: Array("LIST".utf8) + [1, 0, 0, 0, 7, 0], at: 36)
    #expect(WAV(parsing: listed)?.samples == read.samples)
    for length in 0..<44 { #expect(WAV(parsing: Array(file.prefix(length))) == nil) }
  }

  @Test func `a recording is trimmed at both ends, and not between words`() throws {
    let loud = [UInt8](repeating: 0x10, count: 800)
    let quiet = [UInt8](repeating: 0xFF, count: 1_600)
    let sound = CallSound(samples: quiet + loud + quiet + loud + quiet, words: [])
    #expect(CallRecorder.trimmed(0..<sound.samples.count, of: sound) == 1_600..<4_800)
    #expect(CallRecorder.trimmed(0..<1_600, of: sound).isEmpty)
    func end(_ start: Int, _ attributes: [String: String]) throws -> (Int, CallRecorder.End) {
      let end = CallRecorder.end(of: sound, from: start, try RecordVerb(attributes))
      return (end.sample, end.why)
    }
    let whole = try end(0, [:])
    #expect(whole == (sound.samples.count, .hangup))
    let long = CallSound(samples: loud + [UInt8](repeating: 0xFF, count: 40_000), words: [])
    let patient = CallRecorder.end(of: long, from: 0, try RecordVerb(["timeout": "2"]))
    #expect(patient.sample == 800 + 16_000 && patient.why == .silence)
    let short = CallRecorder.end(of: long, from: 800, try RecordVerb(["maxLength": "1"]))
    #expect(short.sample == 8_800 && short.why == .maxLength)
  }

  @Test func `a part of a call holds the words that were mostly said in it`() {
    let words = [
      SpokenWord(text: "code", range: 100..<200), SpokenWord(text: "1", range: 200..<300, isDigit: true),
      SpokenWord(text: "2", range: 300..<400, isDigit: true, endsSentence: true),
      SpokenWord(text: "3", range: 400..<500, isDigit: true),
    ]
    let sound = CallSound(samples: [UInt8](repeating: 0, count: 500), words: words)
    #expect(sound.transcript == "code 12. 3")
    #expect(sound.part(150..<360).transcript == "12")
    #expect(sound.part(150..<340).transcript == "1")
    #expect(sound.part(130..<400).words.first?.range == 0..<70)
  }

  @Test func `a program that hangs is killed with all it started, and one that fails says so`() async throws {
    let folder = try TemporaryDirectory()
    func tool(_ name: String, _ script: String) throws -> AudioTool {
      try "#!/bin/sh\n\(script)\n".write(toFile: folder.file(name), atomically: false, encoding: .utf8)
      chmod(folder.file(name), 0o700)
      return try #require(AudioTool(name, in: ["/nonexistent", folder.path]))
    }
    let hangs = try tool("hangs", "sleep 600 & echo $! > \(folder.file("child")); wait")
    await #expect(throws: AudioFailure.self) { try await hangs.run([], limit: .milliseconds(300)) }
    let child = try #require(pid_t(String(readingFile: folder.file("child")).filter(\.isNumber)))
    try await eventually("the end of what it started") {
      // Dead, whether or not somebody has reaped it.
      let state = (try? String(readingFile: "/proc/\(child)/stat")) ?? ""
      return state.isEmpty || state.contains(") Z")
    }
    let fails = try tool("fails", "exit 3")
    await #expect(throws: AudioFailure.self) { try await fails.run([], limit: .seconds(20)) }
    let works = try tool("works", "printf %s \"$1\" > \(folder.file("said"))")
    try await works.run(["$(id); 'x"], limit: .seconds(20))
    #expect(try String(readingFile: folder.file("said")) == "$(id); 'x")
    #expect(AudioTool("nothing", in: [folder.path]) == nil)
  }

  @Test func `texts are spoken once and remembered, whoever asks`() async throws {
    let voice = SpeechSynthesiser(folders: nil)
    async let one = voice.samples(of: "Hello there")
    async let other = voice.samples(of: "Hello there")
    let both = try await (one, other)
    #expect(both.0 == both.1 && (4_000...40_000).contains(both.0.count))
    let digits = try await voice.samples(of: "7")
    #expect(digits.count < both.0.count && digits != both.0)
    await #expect(throws: AudioFailure.self) { try await voice.samples(of: "...") }
  }

  @Test func `times are spelt as the carrier spells them`() {
    #expect(RFC2822.format(milliseconds: 0) == "Thu, 01 Jan 1970 00:00:00 +0000")
    #expect(RFC2822.format(milliseconds: 1_795_370_400_000) == "Sun, 22 Nov 2026 18:00:00 +0000")
  }
}
