import Wire

/// What is not there, also when another account has it.
extension CallFailure {
  static var senderNotFound: CallFailure { .notFound("SENDER_NOT_FOUND", "no such sender in this account") }
  static var deliveryNotFound: CallFailure { .notFound("DELIVERY_NOT_FOUND", "no such delivery in this account") }
  static var replayNotFound: CallFailure { .notFound("REPLAY_NOT_FOUND", "no such replay in this account") }
}
