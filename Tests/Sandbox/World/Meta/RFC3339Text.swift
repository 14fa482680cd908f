import Telemetry

/// Times as Graph writes them.
enum RFC3339Text {
  /// `2026-11-22T10:00:00+0000`: no fraction, an offset without a colon.
  static func graph(_ milliseconds: Int64) -> String {
    String(RFC3339.format(milliseconds: milliseconds).prefix(19)) + "+0000"
  }
}
