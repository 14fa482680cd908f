import Daemon

/// What an operator sets for broadcasts.
struct BroadcastSettings: Sendable {
  var maximumRecipients: Int
  var maximumBytes: Int
  var uploadsAtOnce: Int

  init(_ reader: inout SettingsReader) {
    maximumRecipients = reader.int(
      "BROADCAST_MAX_RECIPIENTS", default: 500_000, range: 1...5_000_000, help: "Most recipients of a broadcast.")
    maximumBytes = reader.int(
      "BROADCAST_MAX_BYTES", default: 256 << 20, range: 1_024...2 << 30, help: "The largest file of recipients.")
    uploadsAtOnce = reader.int(
      "BROADCAST_UPLOADS_AT_ONCE", default: 4, range: 1...64, help: "Files of recipients read at the same time.")
  }
}
