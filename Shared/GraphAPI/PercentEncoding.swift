/// Percent-encoding of query names and values (RFC 3986 unreserved characters stay).
package enum PercentEncoding {
  package static func encode(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = "0123456789ABCDEF".utf8
        let high = digits[digits.index(digits.startIndex, offsetBy: Int(byte >> 4))]
        let low = digits[digits.index(digits.startIndex, offsetBy: Int(byte & 15))]
        result.unicodeScalars.append("%")
        result.unicodeScalars.append(Unicode.Scalar(high))
        result.unicodeScalars.append(Unicode.Scalar(low))
      }
    }
    return result
  }
}
