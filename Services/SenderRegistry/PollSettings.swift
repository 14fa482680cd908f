import Daemon
import Transport

/// How Meta is asked for the state of numbers, and how long things may take. Times in milliseconds.
struct PollSettings: Sendable {
  var rules = ReadRules()
  /// Numbers read at the same time.
  var concurrency = 8
  /// Numbers of one WhatsApp Business Account read at the same time.
  var concurrencyPerAccount = 2
  /// Pause between two refreshes by hand of one sender.
  var refreshPause: Int64 = 10_000
  /// How long a sender may wait or connect before that is said.
  var pendingWarnAfter: Int64 = 1_800_000
  var eventsKeep: Int64 = 90 * 86_400_000

  init() {}

  init(_ reader: inout SettingsReader) {
    reader.section("State of numbers")
    rules.interval =
      reader.duration(
        "POLL_INTERVAL", default: .seconds(300), range: .milliseconds(10) ... .seconds(86_400),
        help:
          "How often Meta is asked for a number's state; a sender that is switched off is asked about 12 times rarer."
      ).milliseconds
    rules.failures = reader.int(
      "POLL_FAILURES", default: 3, range: 1...100,
      help: "Failed readings in a row, over two intervals at least, before they are believed.")
    rules.tokenFailures = reader.int(
      "TOKEN_FAILURES", default: 3, range: 2...100, help: "Refusals of a token before the sender must reconnect.")
    rules.tokenPeriod =
      reader.duration(
        "TOKEN_CONFIRM", default: .seconds(120), range: .milliseconds(10) ... .seconds(86_400),
        help: "The time over which those refusals must come."
      ).milliseconds
    concurrency = reader.int(
      "POLL_CONCURRENCY", default: 8, range: 1...64, help: "Numbers read from Meta at the same time.")
    refreshPause =
      reader.duration(
        "REFRESH_PAUSE", default: .seconds(10), range: .zero ... .seconds(3_600),
        help: "Time between two readings of one sender that people ask for."
      ).milliseconds
    pendingWarnAfter =
      reader.duration(
        "PENDING_WARN_AFTER", default: .seconds(1_800), range: .milliseconds(10) ... .seconds(30 * 86_400),
        help: "How long a sender may wait for a step, or connect, before its reasons say so."
      ).milliseconds
    eventsKeep =
      Int64(
        reader.int("EVENTS_KEEP_DAYS", default: 90, range: 1...3_650, help: "Days that events of accounts are kept."))
      * 86_400_000
  }
}
