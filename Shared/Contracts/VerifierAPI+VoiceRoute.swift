package import Wire

extension VerifierAPI {
  /// Where the calls of a platform number go.
  package static let voiceRouteCalls: [any Call.Type] = [GetVoiceRoute.self, SetVoiceRoute.self]

  /// Where a number's calls go.
  package struct GetVoiceRoute: Call {
    package static let method = "verifier.route.get"
    package static let summary = "Where the calls of a platform number go, and how the verifier listens to Meta's."
    package static let details = """
      Shows where the calls of a platform number go now. In mode `switched` the number's route at the carrier is \
      changed for a verification, for at most five minutes, and given back afterwards; in mode `permanent` calls always \
      come to the verifier, which sends those that are not Meta's on to the normal URL. The URL is shown without user \
      name and password. Warnings say what could cost calls.
      """
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(15)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.get, "/v1/senders/{sender_id}/voice-route", role: .operator)
    package typealias Reply = SenderVoiceRoute
    package var senderID: SenderID

    package init(senderID: SenderID) { self.senderID = senderID }
  }

  /// Chooses how a number's calls reach the verifier.
  package struct SetVoiceRoute: Call {
    package static let method = "verifier.route.set"
    package static let summary =
      "Choose whether a platform number's calls come to the verifier always, or only in between."
    package static let details = """
      Chooses how the verifier listens to Meta's call. With `switched`, the default, the number's route is changed for \
      each verification. With `permanent` it is changed once: calls always come to the verifier, which sends them on to \
      the normal URL, and the carrier falls back to that URL when the verifier does not answer. The normal route must \
      be a voice URL: an application or a trunk cannot be sent on to. The answer comes before the carrier has done it, \
      with state `switching` or `restoring`; ask again to see it done. While a verification has the number, nothing is \
      changed.
      """
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(15)
    package static let callers: Set<ServiceName> = [.senderRegistry]
    package static let route: Route? = Route(.put, "/v1/senders/{sender_id}/voice-route", role: .operator)
    package typealias Reply = SenderVoiceRoute
    package var senderID: SenderID
    package var mode: SenderVoiceRoute.Mode

    package init(senderID: SenderID, mode: SenderVoiceRoute.Mode) {
      self.senderID = senderID
      self.mode = mode
    }
  }
}
