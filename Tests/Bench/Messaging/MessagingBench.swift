/// The message engine at Meta's full rate.
struct MessagingBench {
  enum Part: String, CaseIterable { case inbound, outbound, broadcasts, stored, kills }

  let isLong: Bool
  let only: Part?

  init(isLong: Bool, only: Part?) {
    self.isLong = isLong
    self.only = only
  }

  func run() async throws -> [Figure] {
    var figures: [Figure] = []
    for part in Part.allCases where only == nil || only == part {
      switch part {
      case .inbound: figures += try await InboundRateBench(isLong: isLong).run()
      case .outbound: figures += try await OutboundBench().run()
      case .broadcasts: figures += try await BroadcastBench().run()
      case .kills: figures += try await MessagingKillBench(isLong: isLong).run()
      case .stored: figures += try await StoredBench().run()
      }
    }
    return figures
  }
}
