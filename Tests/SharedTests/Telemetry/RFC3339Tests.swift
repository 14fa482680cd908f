import Foundation
import Telemetry
import Testing

@Suite struct RFC3339Tests {
  @Test(
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_000, "2000-02-29T00:00:00.000Z"), (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
      (.max, "9999-12-31T23:59:59.999Z"), (.min, "0000-01-01T00:00:00.000Z"),
    ] as [(Int64, String)])
  func `times are spelled in UTC with milliseconds`(milliseconds: Int64, text: String) {
    #expect(RFC3339.format(milliseconds: milliseconds) == text)
  }

  @Test func `Foundation spells random times the same`() {
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    for _ in 0..<2_000 {
      let seconds = Int64.random(in: -10_000_000_000...200_000_000_000)
      let expected = Date(timeIntervalSince1970: Double(seconds)).formatted(style)
      #expect(RFC3339.format(milliseconds: seconds * 1_000) == expected, "seconds \(seconds)")
    }
  }
}
