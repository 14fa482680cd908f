import Foundation
import Glibc
import TestSupport
import Testing

@testable import Verifier

@Suite struct ProgramTranscriberTests {
  private let directory: TemporaryDirectory
  private let wav = TestWAV.tone(seconds: 0.1)

  init() throws { directory = try TemporaryDirectory() }

  private func program(
    _ script: String, arguments: [String] = [], environment: [String: String] = [:], limit: Duration = .seconds(20),
    atOnce: Int = 2, mode: Int = 0o700
  ) throws -> ProgramTranscriber {
    let path = directory.file("engine-\(UUID().uuidString)")
    try Data(("#!/bin/sh\n" + script).utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return ProgramTranscriber(
      ProgramTranscriberSettings(
        path: path, arguments: arguments, environment: environment, folder: directory.path, timeLimit: limit,
        atOnce: atOnce))
  }

  private func result(_ transcriber: ProgramTranscriber) async -> Result<Transcript, TranscriberFailure> {
    do throws(TranscriberFailure) { return .success(try await transcriber.transcribe(wav)) } catch {
      return .failure(error)
    }
  }

  private func failure(_ transcriber: ProgramTranscriber) async -> String {
    if case .failure(let failure) = await result(transcriber) { failure.description } else { "none" }
  }

  /// What lies in the folder besides scripts and what the test put there.
  private var leftovers: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("wss-hearing-") }
    }
  }

  // MARK: What it hears

  @Test func `its output is the transcript`() async throws {
    let transcript = try await program("echo 'Verification code is 123456.'").transcribe(wav)
    #expect(transcript.text == "Verification code is 123456.\n" && transcript.confidence == nil)
    #expect(try await program("").transcribe(wav).text == "")
  }

  @Test func `its output may be JSON with a confidence`() async throws {
    let transcript = try await program(
      #"echo '{"text":"code is 1","confidence":0.91,"words":[{"text":"code","start":0.5,"end":1}]}'"#
    ).transcribe(wav)
    #expect(transcript.text == "code is 1" && transcript.confidence == 0.91)
    #expect(try await program(#"echo '{"text":"a","confidence":7}'"#).transcribe(wav).confidence == nil)
  }

  @Test func `it gets its arguments and the recording's path last, in a private folder`() async throws {
    let script = """
      echo "$# $1 $2"; shift 2
      cmp -s "$1" '\(directory.file("expected"))' && echo same
      stat -c '%a %n' "$1" "$(dirname "$1")"; echo "$(dirname "$1")" | grep -c "^$TMPDIR$"
      """
    try Data(wav).write(to: URL(filePath: directory.file("expected")))
    let lines = try await program(script, arguments: ["-m", "a b;$(c)"]).transcribe(wav).text.split(separator: "\n")
    #expect(lines.count == 5)
    #expect(lines[0] == "3 -m a b;$(c)" && lines[1] == "same" && lines[4] == "1")
    #expect(lines[2].hasPrefix("600 ") && lines[2].hasSuffix("/call.wav") && lines[3].hasPrefix("700 "))
    #expect(try leftovers == [])
  }

  // MARK: What it inherits

  @Test func `it inherits nothing but what it was given`() async throws {
    // A descriptor that somebody forgot to close on exec.
    let descriptor = open(directory.path, O_RDONLY)
    defer { close(descriptor) }
    let transcript = try await program(
      "env | grep -v -e '^PWD=' -e '^_=' -e '^SHLVL=' | cut -d= -f1 | sort; ls /proc/self/fd; cat; grep -E '^Sig(Blk|Ign)' /proc/self/status",
      environment: ["MODEL": "m"]
    ).transcribe(wav)
    // `ls` has the folder it lists open as well; 32 and 33 are the C library's own and stay ignored.
    let expected = "LANG MODEL PATH TMPDIR 0 1 2 3 SigBlk: 0000000000000000 SigIgn: 0000000180000000"
    #expect(transcript.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") == expected)
  }

  @Test func `it has no signal blocked even where its starter blocks them`() async throws {
    // As the daemon does for all of its threads.
    var (set, before) = (sigset_t(), sigset_t())
    sigemptyset(&set)
    sigaddset(&set, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &set, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let run = try ProgramRun("/bin/grep", ["SigBlk", "/proc/self/status"], [:])
    let output = try run.output(until: .max, StopFlag())
    #expect(String(decoding: output, as: UTF8.self) == "SigBlk:\t0000000000000000\n")
  }

  // MARK: How it fails

  @Test func `its exit status and the first line of its complaint are told`() async throws {
    #expect(
      try await failure(program("echo 'no model' >&2; echo second >&2; exit 3"))
        == "failed: exit status 3; it says: no model")
    #expect(
      try await failure(program("echo 'code 123456' >&2; exit 1")) == "failed: exit status 1; it says: code ######")
    #expect(try await failure(program("kill -9 $$")) == "failed: signal 9; it says: no reason given")
    #expect(try leftovers == [])
  }

  @Test func `what it writes before a failure is no transcript`() async throws {
    #expect(try await failure(program("echo 'code is 1'; exit 1")).hasPrefix("failed: exit status 1"))
  }

  @Test func `a program that cannot be started is told so`() async throws {
    #expect(try await failure(program("", mode: 0o600)) == "cannot be started: Permission denied")
    let absent = ProgramTranscriber(ProgramTranscriberSettings(path: directory.file("absent"), folder: directory.path))
    #expect(await failure(absent) == "cannot be started: No such file or directory")
    let nowhere = ProgramTranscriber(ProgramTranscriberSettings(path: "/bin/true", folder: directory.file("absent")))
    #expect(await failure(nowhere) == "cannot be started: no folder for the recording: No such file or directory")
    #expect(try leftovers == [])
  }

  @Test(arguments: ["yes 'code is 123456'", "head -c 70000 /dev/zero | tr '\\0' x"])
  func `more output than a transcript has ends it`(script: String) async throws {
    #expect(try await failure(program(script)) == "failed: it wrote more than 64 KiB")
    #expect(try leftovers == [])
  }

  @Test func `as much output as a transcript may have is read, and complaints without end do no harm`() async throws {
    let text = try await program("head -c 65536 /dev/zero | tr '\\0' x; head -c 3000000 /dev/zero >&2").transcribe(wav)
      .text
    #expect(text.utf8.count == 65_536)
  }

  @Test func `output that is no text is refused`() async throws {
    #expect(try await failure(program("printf '\\377'")) == "cannot be read: the text is not UTF-8")
    #expect(try await failure(program("echo '{}'")) == "cannot be read: the answer has no text")
    #expect(
      try await failure(program("echo '[00:00.000 --> 00:01.000] x'"))
        == "cannot be read: the answer has time stamps in its text")
  }

  // MARK: Time

  @Test func `a program that hangs is ended with its children`() async throws {
    let pids = directory.file("pids")
    let script =
      "sh -c 'echo $$ >> \(pids); exec sleep 1000' & echo $$ >> \(pids); trap '' TERM; sleep 1000 & wait; sleep 1000"
    let begun = ContinuousClock.now
    #expect(await result(try program(script, limit: .seconds(2))) == .failure(.timedOut))
    #expect(ContinuousClock.now - begun < .seconds(10))
    let numbers = try String(contentsOfFile: pids, encoding: .utf8).split(separator: "\n").compactMap { pid_t($0) }
    #expect(numbers.count == 2)
    for number in numbers { try await eventually("the end of \(number)") { Self.isGone(number) } }
    #expect(try leftovers == [])
  }

  @Test func `children that outlive it end with it and hold nothing up`() async throws {
    let pids = directory.file("pids")
    let begun = ContinuousClock.now
    // The child holds the output open.
    let transcript = try await program("sleep 1000 & echo $! > \(pids); echo done").transcribe(wav)
    #expect(transcript.text == "done\n" && ContinuousClock.now - begun < .seconds(10))
    let number = try #require(
      pid_t(String(contentsOfFile: pids, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)))
    try await eventually("the end of \(number)") { Self.isGone(number) }
  }

  @Test func `a program that closes its output and goes on is waited for`() async throws {
    #expect(
      try await failure(program("exec >&- 2>&-; sleep 0.2; exit 4"))
        == "failed: exit status 4; it says: no reason given")
  }

  @Test func `whoever stops asking ends the program`() async throws {
    let started = directory.file("started")
    let transcriber = try program("touch \(started); sleep 1000")
    let task = Task { await result(transcriber) }
    try await eventually("the start") { FileManager.default.fileExists(atPath: started) }
    task.cancel()
    #expect(await task.value == .failure(.stopped))
    #expect(try leftovers == [])
  }

  @Test func `no more than so many run at once, and waiting counts as time`() async throws {
    let transcriber = try program(
      "test -e \(directory.file("busy")) && echo two at once; touch \(directory.file("busy")); sleep 0.1; rm \(directory.file("busy"))",
      atOnce: 1)
    let all = await withTaskGroup(of: Result<Transcript, TranscriberFailure>.self) { group in
      for _ in 0..<5 { group.addTask { await result(transcriber) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(all == Array(repeating: .success(Transcript(text: "")), count: 5))
    let slow = try program("sleep 1000", limit: .milliseconds(400), atOnce: 1)
    let begun = ContinuousClock.now
    let late = await withTaskGroup(of: Result<Transcript, TranscriberFailure>.self) { group in
      for _ in 0..<4 { group.addTask { await result(slow) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(late == Array(repeating: .failure(.timedOut), count: 4))
    #expect(ContinuousClock.now - begun < .seconds(8))
  }

  @Test func `no more than so many wait`() async throws {
    let go = directory.file("go")
    let transcriber = try program("while ! test -e \(go); do sleep 0.02; done", atOnce: 1)
    let all = await withTaskGroup(of: Result<Transcript, TranscriberFailure>.self) { group in
      // One runs, sixteen wait, the rest is refused at once: the first answers open the gate.
      for _ in 0..<20 { group.addTask { await result(transcriber) } }
      var all: [Result<Transcript, TranscriberFailure>] = []
      while all.count < 3, let next = await group.next() { all.append(next) }
      _ = FileManager.default.createFile(atPath: go, contents: nil)
      return await group.reduce(into: all) { $0.append($1) }
    }
    #expect(all.prefix(3).allSatisfy { $0 == .failure(.overloaded) })
    #expect(all.count { $0 == .success(Transcript(text: "")) } == ProgramTranscriber.waiting + 1)
  }

  // MARK: What is left

  @Test func `recordings that a dead process left are removed, others stay`() throws {
    let dead = try ChildProcess("/bin/true", output: directory.file("out"))
    while dead.ended == nil { usleep(1_000) }
    let names = [
      "wss-hearing-\(dead.processID)-abcdef", "wss-hearing-\(getpid())-abcdef", "wss-hearing-1-abcdef", "wss-hearing-x",
      "other",
    ]
    for name in names {
      try FileManager.default.createDirectory(atPath: directory.file(name), withIntermediateDirectories: false)
    }
    RecordingFolder.removeLeftovers(in: directory.path)
    let left = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0 != "out" }
    #expect(left.sorted() == ["other", "wss-hearing-1-abcdef", "wss-hearing-x"])
    RecordingFolder.removeLeftovers(in: directory.file("absent"))
  }

  /// Gone, or dead and waiting for somebody to notice.
  private static func isGone(_ process: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else { return true }
    return status.split(separator: ")").last?.hasPrefix(" Z") ?? true
  }
}
