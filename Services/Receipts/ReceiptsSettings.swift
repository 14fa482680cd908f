import Daemon
import Outbound

/// The settings of `receipts` beside the common ones.
package struct ReceiptsSettings: Sendable {
  var allowHTTP: Bool
  var ports: [Int]
  var allowedRanges: [CIDR]
  var deniedHosts: [String]
  var concurrency: Int
  var concurrencyPerWebhook: Int
  var schedule: RetrySchedule
  var eventRetention: Duration
  /// At most as long as events.
  var attemptRetention: Duration
  /// Bound before the first thread, by `prepareEnvironment`.
  var egress: EgressReservation?

  init(_ reader: inout SettingsReader) {
    allowHTTP = reader.bool(
      "ALLOW_HTTP_WEBHOOKS", default: false, help: "Also call webhooks over plain http. For tests and private networks."
    )
    ports = Self.numbers("EGRESS_PORTS", default: ["443"], &reader, help: "Ports that webhooks may name.")
    allowedRanges = Self.ranges(&reader)
    deniedHosts = reader.list(
      "EGRESS_DENIED_HOSTS", help: "This platform's own public names: no webhook may point back at them.")
    concurrency = reader.int(
      "DELIVERY_CONCURRENCY", default: 64, range: 1...512, help: "Deliveries under way at the same time, in all.")
    concurrencyPerWebhook = reader.int(
      "DELIVERY_CONCURRENCY_PER_WEBHOOK", default: 32, range: 1...64,
      help: "The same, to one webhook that answers well; it begins with one.")
    schedule = Self.schedule(&reader)
    eventRetention = reader.duration(
      "EVENT_RETENTION", default: .seconds(35 * 86_400), range: .seconds(3_600)...(.seconds(3_660 * 86_400)),
      help: "How long events are kept to be read, with their deliveries and attempts.")
    let attempts = reader.duration(
      "ATTEMPT_RETENTION", default: .seconds(30 * 86_400), range: .seconds(3_600)...(.seconds(3_660 * 86_400)),
      help: "How long attempts are kept; not longer than EVENT_RETENTION, with which they go in any case.")
    attemptRetention = min(attempts, eventRetention)
  }

  private static func numbers(_ key: String, default standard: [String], _ reader: inout SettingsReader, help: String)
    -> [Int]
  {
    reader.list(key, default: standard, help: help).compactMap { text in
      guard let number = Int(text), (1...65_535).contains(number) else {
        reader.reject(key, "\(text) is no port: expected numbers from 1 to 65535, separated by commas")
        return nil
      }
      return number
    }
  }

  private static func ranges(_ reader: inout SettingsReader) -> [CIDR] {
    let key = "EGRESS_ALLOWED_RANGES"
    let texts = reader.list(
      key, help: "Private ranges that webhooks may be in, 10.1.0.0/16,fd12::/64. None by default.")
    return texts.compactMap { text in
      guard let range = CIDR(text) else {
        reader.reject(key, "\(text) is no range: expected something like 10.1.0.0/16")
        return nil
      }
      return range
    }
  }

  private static func schedule(_ reader: inout SettingsReader) -> RetrySchedule {
    let key = "RETRY_SCHEDULE"
    let texts = reader.list(
      key, default: ["0s", "5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"],
      help: "The pause before each attempt, the first included.")
    let pauses = texts.compactMap { text -> Duration? in
      guard let pause = DurationText.parse(text), pause <= .seconds(7 * 86_400) else {
        reader.reject(key, "\(text) is no duration up to 7 days: expected something like 0s,5s,5m")
        return nil
      }
      return pause
    }
    // Refused ones have been reported already.
    if texts.isEmpty || texts.count > 50 { reader.reject(key, "expected 1 to 50 pauses, for example 0s,5s,5m") }
    return RetrySchedule(pauses: pauses)
  }
}
