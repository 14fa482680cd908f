package import Transport

/// The way out for a service that only calls hosts its operator configured (Meta, a model server).
///
/// `https` hosts go through a guard of their own: only there can a connection that dies be kept from carrying a
/// request twice (see `EgressGuard`). Plain `http` hosts, which a private network or the sandbox has, are dialled
/// directly, each unrepeatable send on a fresh connection.
package struct OperatorEgress: Sendable {
  private let hosts: Set<String>
  private let reservation: EgressReservation

  /// Binds the guard's port and sets the proxy variables. Call before the first thread exists.
  package static func prepare(urls: [String]) throws -> OperatorEgress {
    var direct: Set<String> = []
    var guarded: Set<String> = []
    for text in urls {
      let url = try OutboundURL(text)
      if url.isTLS { guarded.insert("\(url.host):\(url.port)") } else { direct.insert(url.host) }
    }
    let reservation = try EgressReservation(bypass: direct)
    reservation.prepareEnvironment()
    return OperatorEgress(hosts: guarded, reservation: reservation)
  }

  /// The guard on `loop`. It passes on answers of any size: media of 100 MB are normal for Meta.
  package func makeGuard(loop: EventLoop) throws -> EgressGuard {
    try EgressGuard(
      rules: EgressRules(operatorHosts: hosts, answerBytes: 0), reservation: reservation, loop: loop)
  }
}
