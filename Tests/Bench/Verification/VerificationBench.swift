/// Verifications by machine: what is read from transcripts, how long sessions take, how many go at once, and what must
/// not go wrong in them.
struct VerificationBench {
  private static let numbers = 200

  let runs: Int

  func run() async throws -> [Figure] {
    var figures: [Figure] = []
    func add(_ part: [Figure]) {
      // The area takes minutes: what is known is shown.
      for line in FigureTable.text(part).split(separator: "\n") { Progress.tell(String(line)) }
      figures += part
    }
    add(ExtractionBench().run())
    Progress.tell("buying \(Self.numbers) numbers")
    let world = try VerificationWorld(numbers: Self.numbers)
    add(try SessionBench(world: world, runs: runs).run())
    add(try await CrowdBench(world: world, runs: runs).run())
    add(try await VerifierKillBench(world: world).run())
    add(try WrongAnswersBench(world: world).run())
    try world.stop()
    return figures
  }
}
