import Contracts

/// The country of a number, ISO 3166 alpha-2, from its country calling code (ITU-T E.164 assignments).
enum NumberCountry {
  /// Where a code is shared by several countries and the number does not tell.
  static let unknown = "ZZ"

  static func of(_ number: PhoneNumber) -> String {
    let (code, national) = CallingCode.split(number)
    switch code {
    case "1": return canadian.contains(String(national.prefix(3))) ? "CA" : "US"
    case "7": return national.hasPrefix("6") || national.hasPrefix("7") ? "KZ" : "RU"
    default: return countries[code] ?? unknown
    }
  }

  /// Whether a text is spelled like a country.
  static func isCode(_ text: String) -> Bool {
    text.utf8.count == 2 && text.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }

  /// Area codes of Canada within +1.
  private static let canadian: Set<String> = [
    "204", "226", "236", "249", "250", "257", "263", "289", "306", "343", "354", "365", "367", "368", "382", "403",
    "416", "418", "428", "431", "437", "438", "450", "460", "468", "474", "506", "514", "519", "537", "548", "568",
    "579", "581", "584", "587", "600", "604", "613", "639", "647", "672", "683", "705", "709", "742", "753", "778",
    "780", "782", "807", "819", "825", "867", "873", "879", "902", "905", "942",
  ]

  private static let countries = [
    "20": "EG", "27": "ZA", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES", "36": "HU", "39": "IT",
    "40": "RO", "41": "CH", "43": "AT", "44": "GB", "45": "DK", "46": "SE", "47": "NO", "48": "PL", "49": "DE",
    "51": "PE", "52": "MX", "54": "AR", "55": "BR", "56": "CL", "57": "CO", "58": "VE", "60": "MY", "61": "AU",
    "62": "ID", "63": "PH", "64": "NZ", "65": "SG", "66": "TH", "81": "JP", "82": "KR", "84": "VN", "86": "CN",
    "90": "TR", "91": "IN", "92": "PK", "94": "LK", "212": "MA", "213": "DZ", "216": "TN", "233": "GH", "234": "NG",
    "254": "KE", "255": "TZ", "256": "UG", "351": "PT", "352": "LU", "353": "IE", "354": "IS", "356": "MT",
    "357": "CY", "358": "FI", "359": "BG", "370": "LT", "371": "LV", "372": "EE", "380": "UA", "381": "RS",
    "385": "HR", "386": "SI", "420": "CZ", "421": "SK", "502": "GT", "506": "CR", "507": "PA", "593": "EC",
    "595": "PY", "598": "UY", "852": "HK", "880": "BD", "886": "TW", "961": "LB", "962": "JO", "965": "KW",
    "966": "SA", "971": "AE", "972": "IL", "973": "BH", "974": "QA",
  ]
}
