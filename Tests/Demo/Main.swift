import Foundation

/// Plays the product's main job against running services and a sandbox, and prints each step with its time.
/// Exit 0 only if every step truly happened.
@main
struct Main {
  static func main() async {
    do {
      let story = try Story(arguments: CommandLine.arguments)
      defer { story.close() }
      try await story.play()
    } catch {
      FileHandle.standardOutput.write(Data("  FAILED  \(error)\n".utf8))
      exit(1)
    }
  }
}
