import Daemon

/// What an operator sets for media.
struct MediaSettings: Sendable {
  /// Where people reach the links; nil is this service's own address.
  var publicURL: String?
  /// Beside Meta's, and where Graph is.
  var hosts: [String]
  var concurrency: Int
  var maximumBytes: Int
  /// Bytes that stay free on the disk.
  var leastFree: Int
  var retention: Duration
  var uploadsAtOnce: Int

  init(_ reader: inout SettingsReader) {
    publicURL = reader.optionalURL(
      "PUBLIC_URL", schemes: ["https", "http"],
      help: "Where people reach this service, for links to media. Without it they lead to its own address.")
    hosts = reader.list(
      "MEDIA_HOSTS",
      help: "Base URLs, beside Meta's hosts and GRAPH_URL, from which media are fetched with a sender's token.")
    concurrency = reader.int(
      "MEDIA_CONCURRENCY", default: 8, range: 1...64,
      help: "Media fetched from Meta, or uploaded there, at the same time.")
    maximumBytes = reader.int(
      "MEDIA_MAX_BYTES", default: 100 << 20, range: 1_024...2 << 30, help: "Larger media of customers are not kept.")
    leastFree = reader.int(
      "MEDIA_MIN_FREE", default: 512 << 20, help: "Bytes that media leave free on the disk: below, none are taken.")
    retention = reader.duration(
      "MEDIA_RETENTION", default: .seconds(90 * 86_400), range: .seconds(3_600) ... .seconds(3_660 * 86_400),
      help: "How long the bytes of media are kept.")
    uploadsAtOnce = reader.int(
      "MEDIA_UPLOADS_AT_ONCE", default: 16, range: 1...256, help: "Uploads of businesses received at the same time.")
  }
}
