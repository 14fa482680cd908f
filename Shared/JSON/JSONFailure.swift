/// Why some bytes are not acceptable JSON, and where.
package struct JSONFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong. Closed: a caller may switch over all of it.
  package enum Kind: Sendable, Equatable {
    /// Nothing but white space.
    case empty
    /// More bytes than `JSONLimits.maxBytes`.
    case tooLong(limit: Int)
    /// The document stops in the middle of a value.
    case unexpectedEnd
    /// A byte that cannot stand here; the text says what could.
    case unexpected(UInt8, expected: String)
    /// A second value, or anything else, after the first.
    case trailingBytes
    /// The document starts with U+FEFF, which RFC 8259 §8.1 forbids senders to add.
    case byteOrderMark
    /// Overlong, surrogate, out of range or cut-off UTF-8 inside a string.
    case invalidUTF8
    /// A backslash followed by something RFC 8259 §7 does not list.
    case invalidEscape
    /// `\uD800`–`\uDFFF` without its other half.
    case loneSurrogate
    /// A raw byte below 0x20 inside a string.
    case controlCharacter
    /// Leading zero, lone minus, missing digits.
    case invalidNumber
    /// No finite `Double` is near it.
    case numberOutOfRange
    /// More bytes than `JSONLimits.bytesPerNumber`.
    case numberTooLong(limit: Int)
    /// More nested containers than `JSONLimits.depth`.
    case tooDeep(limit: Int)
    /// More members in one object than `JSONLimits.keysPerObject`.
    case tooManyKeys(limit: Int)
    /// Two members of one object have the same name once escapes are resolved.
    case duplicateKey
  }

  /// What is wrong.
  package let kind: Kind
  /// The byte it was seen at, from 0.
  package let offset: Int
  /// The line it was seen in, from 1; lines end with LF.
  package let line: Int

  package init(kind: Kind, offset: Int, line: Int) {
    self.kind = kind
    self.offset = offset
    self.line = line
  }

  /// What is wrong, without the place.
  package var reason: String {
    switch kind {
    case .empty: "no value"
    case .tooLong(let limit): "document longer than \(limit) bytes"
    case .unexpectedEnd: "unexpected end"
    case .unexpected(let byte, let expected): "unexpected \(Self.name(of: byte)), expected \(expected)"
    case .trailingBytes: "more bytes after the value"
    case .byteOrderMark: "starts with a byte order mark"
    case .invalidUTF8: "invalid UTF-8"
    case .invalidEscape: "invalid escape"
    case .loneSurrogate: "half of a surrogate pair"
    case .controlCharacter: "control character in a string"
    case .invalidNumber: "invalid number"
    case .numberOutOfRange: "number out of range"
    case .numberTooLong(let limit): "number longer than \(limit) bytes"
    case .tooDeep(let limit): "nested deeper than \(limit)"
    case .tooManyKeys(let limit): "more than \(limit) keys in an object"
    case .duplicateKey: "duplicate key"
    }
  }

  /// The place and the reason, fit to be sent to whoever sent the bytes: it repeats at most one byte of them.
  package var description: String { "line \(line), byte \(offset): \(reason)" }

  private static func name(of byte: UInt8) -> String {
    if byte > 0x20 && byte < 0x7f { return "'\(Character(Unicode.Scalar(byte)))'" }
    return "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
