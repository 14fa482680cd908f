/// A program that hears, of the operator's choice.
struct ProgramTranscriberSettings: Sendable {
  let name: String
  /// Absolute; nothing is searched for.
  let path: String
  /// Before the recording's path, which comes last.
  let arguments: [String]
  /// Besides PATH, LANG and TMPDIR.
  let environment: [String: String]
  /// Recordings lie below it while the program runs; better in memory than on a disk.
  let folder: String
  let timeLimit: Duration
  /// Programs at the same time.
  let atOnce: Int

  init(
    name: String = "program", path: String, arguments: [String] = [], environment: [String: String] = [:],
    folder: String, timeLimit: Duration = .seconds(30), atOnce: Int = 2
  ) {
    self.name = name
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.folder = folder
    self.timeLimit = timeLimit
    self.atOnce = atOnce
  }
}
