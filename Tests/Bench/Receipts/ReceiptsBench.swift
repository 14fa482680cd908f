/// The delivery of receipts: how soon, how many, beside faults, behind a long queue, through kills.
struct ReceiptsBench {
  enum Part: String, CaseIterable { case soon, rate, faults, queued, replay, deaths }

  let only: Part?

  func run() async throws -> [Figure] {
    var figures: [Figure] = []
    for part in Part.allCases where only == nil || only == part {
      switch part {
      case .soon: figures += try await DeliveryRateBench().soon() + StatusToReceiptBench().run()
      case .rate: figures += try await DeliveryRateBench().rate()
      case .faults: figures += try await DeliveryFaultsBench().run()
      case .queued: figures += try await DeliveryQueueBench().run()
      case .replay: figures += try await ReplayBench().run()
      case .deaths: figures += try await ReceiptsKillBench().run()
      }
    }
    return figures
  }
}
