/// A call as the carrier's log tells it.
package struct CallRecord: Sendable {
  /// How it ended, or that it has not.
  package enum Outcome: String, Sendable {
    case waiting
    case ringing
    case inProgress = "in_progress"
    /// Answered, and over.
    case answered
    /// The route names an application or a trunk: the call went there, whatever the URLs say.
    case delivered
    /// `<Reject>`.
    case rejected
    /// Nobody told the carrier what to do.
    case lost
    /// The sandbox could not play it.
    case failed
    /// The sandbox stopped.
    case stopped

    package var isOver: Bool { self != .waiting && self != .ringing && self != .inProgress }
  }

  /// A request the carrier made, or would have made.
  package struct Request: Sendable {
    /// `voice`, `fallback`, `redirect`, `action`, `recording_callback`.
    package let purpose: String
    package let url: String
    package let method: String
    package var status: Int?
    /// Twilio's code and words.
    package var error: String?
    /// The fault that struck.
    package var fault: String?
  }

  /// A recording made in it.
  package struct Recording: Sendable {
    package let sid: String
    package let seconds: Int
    /// `completed` or `absent`.
    package let status: String
    /// `hangup`, `max_length`, `silence`.
    package let endedBy: String
    /// What is to be heard in it.
    package let said: String
  }

  package let sid: String
  package let from: String
  package let to: PhoneDigits
  package let at: Int64
  /// What the caller says.
  package let said: String
  /// Placed by Meta, to tell a code.
  package let isMeta: Bool
  package internal(set) var outcome = Outcome.waiting
  package internal(set) var problem: String?
  /// The URL whose TwiML answered, or `application:SID`, `trunk:SID`.
  package internal(set) var answeredBy: String?
  package internal(set) var requests: [Request] = []
  package internal(set) var recordings: [Recording] = []
  /// A `<Record>` asked for a beep, which the caller hears.
  package internal(set) var hasBeep = false
  /// A `<Record>` named no action, so that the document called itself.
  package internal(set) var lacksAction = false
  package internal(set) var endedAt: Int64?

  /// What Twilio calls its status.
  var status: String {
    switch outcome {
    case .waiting: "queued"
    case .ringing: "ringing"
    case .inProgress: "in-progress"
    case .answered, .delivered: "completed"
    case .rejected: "busy"
    case .lost, .failed, .stopped: "failed"
    }
  }
}
