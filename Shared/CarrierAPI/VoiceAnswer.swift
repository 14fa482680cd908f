/// What a carrier is told to do with a call, in the markup that Twilio reads and others have taken over (TwiML).
package enum VoiceAnswer: Sendable, Equatable {
  /// Picks up at once, stays silent, and records what is said for at most `maxSeconds`, or until nothing is said for
  /// `silenceSeconds`. The carrier asks `action` what to do next, and tells `recordingStatus` when the file is there.
  case record(action: String, recordingStatus: String, maxSeconds: Int = 90, silenceSeconds: Int = 20)
  /// The carrier asks this URL instead, with a signature of its own.
  case redirect(url: String, method: String)
  /// Does not pick up.
  case reject(Rejection)
  case hangup

  /// What the caller hears.
  package enum Rejection: String, Sendable {
    case rejected
    case busy
  }

  /// The document, as `text/xml`.
  package var xml: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>\(verbs)</Response>\n" }

  private var verbs: String {
    switch self {
    case .record(let action, let recordingStatus, let maxSeconds, let silenceSeconds):
      // Every attribute whose default would sound a tone, cut the pauses, end at a digit or ask the same URL again.
      """
      <Record action="\(Self.escape(action))" method="POST" timeout="\(silenceSeconds)" maxLength="\(maxSeconds)" \
      playBeep="false" trim="do-not-trim" finishOnKey="" transcribe="false" \
      recordingStatusCallback="\(Self.escape(recordingStatus))" recordingStatusCallbackMethod="POST" \
      recordingStatusCallbackEvent="completed absent"/>
      """
    case .redirect(let url, let method):
      "<Redirect method=\"\(method.uppercased() == "GET" ? "GET" : "POST")\">\(Self.escape(url))</Redirect>"
    case .reject(let reason): "<Reject reason=\"\(reason.rawValue)\"/>"
    case .hangup: "<Hangup/>"
    }
  }

  /// For attributes and text; what XML 1.0 has no place for is left out.
  static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&apos;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": continue
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
