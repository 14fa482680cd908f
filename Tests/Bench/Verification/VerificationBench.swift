/// Hearing codes: what may go wrong, and must not.
struct VerificationBench {
  func run() async throws -> [Figure] { ExtractionBench().run() }
}
