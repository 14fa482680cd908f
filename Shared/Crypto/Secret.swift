/// Bytes that must not show up in a log, an error or a dump: a token, a PIN, a key.
///
/// Not `Codable` and not `Hashable` on purpose; comparing takes constant time. The memory is not wiped when released:
/// the standard library copies too freely for that to be a promise.
package struct Secret: Sendable {
  /// The bytes themselves. Every use is a place where the secret can leak; keep it short.
  package let bytes: [UInt8]

  /// A secret of raw bytes.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// A secret of the UTF-8 of `text`.
  package init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// The number of bytes.
  package var count: Int { bytes.count }

  /// Whether there are no bytes at all.
  package var isEmpty: Bool { bytes.isEmpty }

  /// The secret as text, or nil if it is not UTF-8.
  package var string: String? { String(validating: bytes, as: UTF8.self) }

  /// Runs `body` on the bytes without copying them. The pointer is valid inside `body` only.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let span = bytes.span
    return try span.withUnsafeBytes(body)
  }
}

extension Secret: Equatable {
  /// Whether both hold the same bytes, in constant time.
  package static func == (left: Secret, right: Secret) -> Bool {
    constantTimeEquals(left.bytes, right.bytes)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "Secret(…)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}
