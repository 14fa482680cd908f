import Daemon
import Outbound
import TestSupport
import Testing
import Wire

@testable import Receipts

@Suite struct ReceiptsSettingsTests {
  private func settings(_ values: [String: String]) throws -> ReceiptsSettings {
    let files = try ServiceFiles([.receipts])
    let environment = files.environment(.receipts).merging(values) { $1 }
    return try LaunchPlan<ReceiptsService>(SettingsSources(environment: environment)).settings
  }

  @Test func `by default only https on 443 to public addresses, and the long schedule`() throws {
    let settings = try settings([:])
    #expect(!settings.allowHTTP && settings.ports == [443] && settings.allowedRanges.isEmpty)
    #expect(settings.deniedHosts.isEmpty && settings.deniesOwnAddresses && settings.schedule == .standard)
    #expect(settings.concurrency == 64 && settings.concurrencyPerWebhook == 32)
  }

  @Test func `everything can be set`() throws {
    let settings = try settings([
      "ALLOW_HTTP_WEBHOOKS": "true", "EGRESS_PORTS": "443,8443", "EGRESS_ALLOWED_RANGES": "10.1.0.0/16,fd12::/64",
      "EGRESS_DENIED_HOSTS": "senders.example", "EGRESS_DENIED_BY_ADDRESS": "false", "RETRY_SCHEDULE": "0s,250ms,2m",
      "DELIVERY_CONCURRENCY": "8",
      "DELIVERY_CONCURRENCY_PER_WEBHOOK": "2",
    ])
    #expect(settings.allowHTTP && settings.ports == [443, 8443] && settings.deniedHosts == ["senders.example"])
    #expect(!settings.deniesOwnAddresses)
    #expect(settings.allowedRanges.map(\.description) == ["10.1.0.0/16", "fd12::/64"])
    #expect(settings.schedule.pauses == [.zero, .milliseconds(250), .seconds(120)])
    #expect(settings.concurrency == 8 && settings.concurrencyPerWebhook == 2)
  }

  @Test func `the last attempt of a schedule is kept for as long as the first`() throws {
    let settings = try settings([:])
    let schedule = settings.schedule.pauses.reduce(Duration.zero) { $0 + $1 } * 1.2
    #expect(settings.eventRetention >= settings.attemptRetention + schedule)
  }

  @Test func `attempts are kept no longer than events`() throws {
    // An attempt may be made days after its event, with which it goes: that stays longer.
    let standard = try settings([:])
    #expect(standard.attemptRetention == .seconds(30 * 86_400) && standard.eventRetention == .seconds(35 * 86_400))
    #expect(try settings(["ATTEMPT_RETENTION": "7d"]).attemptRetention == .seconds(7 * 86_400))
    #expect(
      try settings(["ATTEMPT_RETENTION": "60d", "EVENT_RETENTION": "10d"]).attemptRetention == .seconds(10 * 86_400))
  }

  @Test(arguments: [
    ("EGRESS_PORTS", "https"), ("EGRESS_PORTS", "0"), ("EGRESS_PORTS", "65536"), ("EGRESS_ALLOWED_RANGES", "10.0.0.0"),
    ("EGRESS_ALLOWED_RANGES", "10.0.0.1/8"), ("RETRY_SCHEDULE", "soon"), ("RETRY_SCHEDULE", "0s,8d"),
    ("RETRY_SCHEDULE", "0s,200h"), ("RETRY_SCHEDULE", "5s,5m"),
    ("RETRY_SCHEDULE", Array(repeating: "0s", count: 51).joined(separator: ",")),
    ("DELIVERY_CONCURRENCY", "0"), ("DELIVERY_CONCURRENCY_PER_WEBHOOK", "65"),
  ])
  func `a wrong value is named`(key: String, value: String) throws {
    let error = #expect(throws: LaunchFailure.self) { try settings([key: value]) }
    #expect(error?.description.contains(key) == true)
  }
}
