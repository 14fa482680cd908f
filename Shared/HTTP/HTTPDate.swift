import Glibc

/// The Date field (RFC 9110 §5.6.7), formatted once a second.
struct HTTPDate {
  private var second: time_t = -1
  private var text: [UInt8] = []

  /// `Date: …` with its line end.
  var line: [UInt8] {
    mutating get {
      let now = time(nil)
      if now != second {
        second = now
        text = Array("Date: \(Self.format(now))\r\n".utf8)
      }
      return text
    }
  }

  /// For example `Sun, 06 Nov 1994 08:49:37 GMT`; independent of the locale.
  static func format(_ seconds: time_t) -> String {
    var seconds = seconds
    var parts = tm()
    gmtime_r(&seconds, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(1900 + parts.tm_year) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
