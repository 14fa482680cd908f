/// The message engine at Meta's full rate.
struct MessagingBench {
  let isLong: Bool

  func run() async throws -> [Figure] {
    try await InboundRateBench(isLong: isLong).run()
  }
}
