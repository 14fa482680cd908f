import Telemetry

/// Times as Twilio spells them: `Sun, 22 Nov 2026 18:00:00 +0000`.
enum RFC2822 {
  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func format(milliseconds: Int64) -> String {
    let milliseconds = max(0, milliseconds)
    let parts = RFC3339.format(milliseconds: milliseconds).split { "-T:.".contains($0) }
    let day = days[Int(milliseconds / 86_400_000 % 7)]
    let month = months[(Int(parts[1]) ?? 1) - 1]
    return "\(day), \(parts[2]) \(month) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) +0000"
  }
}
