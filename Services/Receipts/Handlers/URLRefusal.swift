import Outbound
import Wire

extension CallFailure {
  /// A webhook's URL that is not called, with what to do about it.
  static func urlRefused(_ failure: OutboundFailure) -> CallFailure {
    let advice =
      switch failure.kind {
      case .egressDenied(.scheme): "url starts with https:// (plain http only where ALLOW_HTTP_WEBHOOKS is set)"
      case .egressDenied(.userInfo): "url holds a user name or password: leave it out, deliveries are signed instead"
      case .egressDenied(.port): "url names a port that is not open here: use 443, or have it added to EGRESS_PORTS"
      case .egressDenied(.ownHost): "url points back at this platform: name a server of your own"
      case .egressDenied(.spelling): "url's host is an unusual spelling of an address: use a public host name"
      case .egressDenied(.privateAddress):
        "url's address is not on the public internet: use a public one, or have its range added to "
          + "EGRESS_ALLOWED_RANGES"
      default: "url cannot be called: \(failure.message)"
      }
    return .invalidArgument("URL_REFUSED", advice, field: "url")
  }
}
