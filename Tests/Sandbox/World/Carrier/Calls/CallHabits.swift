/// How the carrier plays calls.
package struct CallHabits: Sendable, Equatable {
  /// Milliseconds from Meta's answer to the ringing.
  package var delay = 300
  /// How much faster than life a call passes.
  package var speed = 1_000.0
  /// Meta's caller number.
  package var from = "+16505551234"
  /// Milliseconds a recording stays 404 after its callback.
  package var recordingDelay = 100
  /// Milliseconds the carrier waits for an answer (Twilio: about 15 s).
  package var webhookTimeout = 15_000
  /// Milliseconds before a failed recording callback is tried again; twice as long before the third try.
  package var callbackRetry = 200

  package init() {}

  func check() throws(ControlFailure) {
    guard (0...600_000).contains(delay) else { throw ControlFailure("call_delay_ms is at most 600000") }
    guard (0.1...1_000_000).contains(speed) else { throw ControlFailure("speed is 0.1 to 1000000") }
    guard (1...100).contains(from.utf8.count) else { throw ControlFailure("from is 1 to 100 bytes") }
    guard (0...600_000).contains(recordingDelay) else { throw ControlFailure("recording_delay_ms is at most 600000") }
    guard (1...60_000).contains(webhookTimeout) else { throw ControlFailure("webhook_timeout_ms is 1 to 60000") }
    guard (1...60_000).contains(callbackRetry) else { throw ControlFailure("callback_retry_ms is 1 to 60000") }
  }
}
