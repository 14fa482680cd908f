import Crypto

/// A SHA-256 as others write it.
enum MediaHash {
  /// Lower-case hex of what Meta or a caller gave: webhooks have Base64, `GET /{media id}` has hex. Nil for anything that
  /// is no SHA-256 at all.
  static func hex(_ text: String) -> String? {
    let bytes = text.utf8.count == 64 ? Hex.decode(text) : Base64.decode(text) ?? Base64.decodeURLSafe(text)
    guard let bytes, bytes.count == SHA256.digestByteCount else { return nil }
    return Hex.encode(bytes)
  }
}
