/// What may be sent as a text.
enum MessageText {
  /// WhatsApp's bound, in Unicode scalars.
  static let longest = 4096

  /// True when nobody would see anything.
  static func isBlank(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar.properties.isWhitespace || scalar.properties.isDefaultIgnorableCodePoint || isControl(scalar)
    }
  }

  /// True for control characters that mean nothing in a text; tab and line ends do.
  static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    isControl(scalar) && ![9, 10, 13].contains(scalar.value)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || scalar.value == 0x7F }
}
