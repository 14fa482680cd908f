/// Verifications by machine: what is read from transcripts, how long sessions take, how many go at once, and what must
/// not go wrong in them.
struct VerificationBench {
  private static let numbers = 200

  let runs: Int

  func run() async throws -> [Figure] {
    let extraction = ExtractionBench().run()
    Progress.tell("buying \(Self.numbers) numbers")
    let world = try VerificationWorld(numbers: Self.numbers)
    var figures = extraction
    figures += try SessionBench(world: world, runs: runs).run()
    figures += try WrongAnswersBench(world: world).run()
    figures += try await CrowdBench(world: world, runs: runs).run()
    figures += try VerifierKillBench(world: world).run()
    try world.stop()
    return figures
  }
}
