import FoundationEssentials
import Glibc

/// Real speech as a telephone carries it: `espeak-ng` speaks, `sox` takes it down to 8 kHz and 300 to 3400 Hz.
actor SpeechSynthesiser {
  /// Texts kept, and the length of one.
  static let kept = 200
  static let textLimit = 2_000
  private static let limit = Duration.seconds(20)

  private let folders: [String]?
  private var cache: [String: [Int16]] = [:]
  private var order: [String] = []
  /// Owned here: everybody who asked awaits the task, and the next one waits for it.
  private var underWay: [String: Task<Result<[Int16], AudioFailure>, Never>] = [:]
  private var last: Task<Result<[Int16], AudioFailure>, Never>?

  /// `folders` is where the programs are looked for; nil for the usual places.
  init(folders: [String]?) { self.folders = folders }

  /// Throws when a program is missing.
  nonisolated func check() throws(AudioFailure) { _ = try tools() }

  /// The text spoken, without the silence around it.
  func samples(of text: String) async throws(AudioFailure) -> [Int16] {
    if let known = cache[text] { return known }
    if let task = underWay[text] { return try await task.value.get() }
    let tools = try tools()
    // One at a time: two cores have other things to do.
    let previous = last
    let task = Task {
      _ = await previous?.value
      return await Self.speak(text, tools)
    }
    underWay[text] = task
    last = task
    let result = await task.value
    underWay[text] = nil
    let samples = try result.get()
    if order.count >= Self.kept { cache[order.removeFirst()] = nil }
    order.append(text)
    cache[text] = samples
    return samples
  }

  private nonisolated func tools() throws(AudioFailure) -> (voice: AudioTool, band: AudioTool) {
    let folders = folders ?? AudioTool.usualFolders
    guard let voice = AudioTool("espeak-ng", in: folders), let band = AudioTool("sox", in: folders) else {
      throw .noTools
    }
    return (voice, band)
  }

  private static func speak(
    _ text: String, _ tools: (voice: AudioTool, band: AudioTool)
  ) async -> Result<[Int16], AudioFailure> {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/sandbox-voice-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      return .failure(AudioFailure("no temporary folder in \(parent): \(String(cString: strerror(errno)))"))
    }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let (wide, narrow) = ("\(folder)/wide.wav", "\(folder)/narrow.wav")
    defer {
      unlink(wide)
      unlink(narrow)
      rmdir(folder)
    }
    do throws(AudioFailure) {
      try await tools.voice.run(["-v", "en-us", "-s", "140", "-w", wide, "--", text], limit: limit)
      try await tools.band.run(
        [wide, "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer", narrow, "sinc", "300-3400", "norm", "-6"],
        limit: limit)
      guard let bytes = try? Data(contentsOf: URL(fileURLWithPath: narrow)), let sound = WAV(parsing: Array(bytes)),
        sound.rate == CallSound.rate, sound.channels == 1
      else { throw AudioFailure("sox wrote no 8 kHz WAV") }
      let spoken = trim(sound.samples)
      guard !spoken.isEmpty else { throw AudioFailure("espeak-ng said nothing to \"\(text.prefix(60))\"") }
      return .success(spoken)
    } catch {
      return .failure(error)
    }
  }

  private static func trim(_ samples: [Int16]) -> [Int16] {
    let isLoud = { (sample: Int16) in sample.magnitude > 150 }
    guard let first = samples.firstIndex(where: isLoud), let last = samples.lastIndex(where: isLoud) else { return [] }
    return Array(samples[first...last])
  }
}
