import CarrierAPI
import Contracts

/// What a failed call to the carrier means for the number. Pure.
enum NumberOutcome: Equatable {
  /// Go on later, not before the carrier's own wish; `isCalled` when the call may have had its effect.
  case again(afterMilliseconds: Int64?, isCalled: Bool)
  case over(SenderReason)

  /// `pause` is nil when there were tries enough.
  static func of(_ failure: CarrierFailure, _ row: NumberRow, pause: Int64?) -> NumberOutcome {
    switch failure {
    case .notSent:
      // What an earlier call did is as unknown as before.
      return later(row, isCalled: row.isCalled, pause: pause)
    case .unknown:
      return later(row, isCalled: true, pause: pause)
    case .answered(let error):
      if error.isPassing {
        // A refusal for being too fast did nothing; a broken server may have.
        let isServer = (500..<600).contains(error.httpStatus)
        return later(row, isCalled: row.isCalled || isServer, pause: pause, wish: error.retryAfterMilliseconds)
      }
      // Taken, but perhaps by our own earlier call, which is still on its way into the carrier's list.
      if error.code == 21_422, row.isCalled, row.state == .buying, pause != nil {
        return .again(afterMilliseconds: nil, isCalled: true)
      }
      return .over(row.state == .buying ? CarrierReason.ofPurchase(error) : CarrierReason.ofRelease(error))
    }
  }

  private static func later(
    _ row: NumberRow, isCalled: Bool, pause: Int64?, wish: Int64? = nil
  ) -> NumberOutcome {
    if pause != nil { return .again(afterMilliseconds: wish, isCalled: isCalled) }
    return .over(row.state == .buying && isCalled ? CarrierReason.outcomeUnknown : CarrierReason.unreachable)
  }
}
