import CarrierAPI
import Contracts
import Wire

extension CallFailure {
  /// What a caller is told when a question to the carrier has no answer.
  init(_ failure: CarrierFailure) {
    switch failure {
    case .notSent, .unknown:
      self = .unavailable("CARRIER_UNREACHABLE", "The carrier gives no usable answer now: try again shortly.")
    case .answered(let error) where error.isPassing:
      self = .unavailable(
        "CARRIER_BUSY", "The carrier limits or delays requests now: try again later.",
        retryAfter: error.retryAfterMilliseconds.map { .milliseconds($0) })
    case .answered(let error):
      let reason = CarrierReason.ofPurchase(error)
      self = .failedPrecondition(reason.code, "\(reason.message) \(reason.nextStep)")
    }
  }
}
