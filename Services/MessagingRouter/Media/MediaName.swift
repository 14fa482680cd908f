import Contracts
import HTTP

/// What a medium's file is called where people save it.
enum MediaName {
  /// The value of `Content-Disposition` (RFC 6266): a plain name for old readers, the real one beside it.
  static func disposition(_ row: MediaRow, isShown: Bool) -> String {
    let kind = isShown && row.kind != .document ? "inline" : "attachment"
    let name = row.filename.map(safe).flatMap { $0.isEmpty ? nil : $0 } ?? row.id.text + ending(row)
    let plain = name.unicodeScalars.map { scalar in
      scalar.isASCII && scalar.value >= 0x20 && scalar != "\"" && scalar != "\\" && scalar != "%" ? String(scalar) : "_"
    }.joined()
    if plain == name { return "\(kind); filename=\"\(plain)\"" }
    return "\(kind); filename=\"\(plain)\"; filename*=UTF-8''\(encode(name))"
  }

  /// Without what leads out of a folder, ends a header or turns the reading direction; at most 120 characters, of which
  /// the last ones stay: the ending tells what it is.
  static func safe(_ text: String) -> String {
    let kept = text.unicodeScalars.filter { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
      default: !"/\\:*?\"<>|".unicodeScalars.contains(scalar)
      }
    }
    var name = String(String.UnicodeScalarView(kept.suffix(120)))
    while let first = name.first, first == "." || first == " " { name.removeFirst() }
    return name
  }

  private static func ending(_ row: MediaRow) -> String {
    switch row.essence {
    case "image/jpeg": ".jpg"
    case "image/png": ".png"
    case "image/webp": ".webp"
    case "audio/aac": ".aac"
    case "audio/amr": ".amr"
    case "audio/mpeg": ".mp3"
    case "audio/mp4": ".m4a"
    case "audio/ogg": ".ogg"
    case "video/mp4": ".mp4"
    case "video/3gpp": ".3gp"
    case "application/pdf": ".pdf"
    case "text/plain": ".txt"
    default: ""
    }
  }

  /// RFC 8187's attribute characters stay, the rest is percent-encoded.
  private static func encode(_ text: String) -> String {
    let hex = Array("0123456789ABCDEF")
    return text.utf8.map { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
      default:
        "!#$&+-.^_`|~".utf8.contains(byte)
          ? String(UnicodeScalar(byte)) : "%\(hex[Int(byte >> 4)])\(hex[Int(byte & 15)])"
      }
    }.joined()
  }
}
