import Synchronization

/// An answer's body made piece by piece, pulled only as fast as the client reads.
package struct HTTPBodyStream: Sendable {
  /// Bytes in all; nil when not known (chunked, or ended by closing towards an HTTP/1.0 client).
  package let length: Int?
  let next: @Sendable () async throws -> [UInt8]?
  private let closing: Closing

  /// `next` gives the next piece and nil at the end; it is asked again only when the last piece is on its way,
  /// and its task is cancelled when the client goes away. `onClose` is called exactly once, however it ends.
  package init(
    length: Int? = nil, onClose: (@Sendable () -> Void)? = nil, _ next: @escaping @Sendable () async throws -> [UInt8]?
  ) {
    self.length = length
    self.next = next
    closing = Closing(onClose)
  }

  /// One piece.
  init(_ bytes: [UInt8]) {
    let piece = Piece(bytes)
    self.init(length: bytes.count) { piece.take() }
  }

  /// Tells the producer that nobody will ask again.
  func close() { closing.run() }

  private final class Closing: Sendable {
    private let action: Mutex<(@Sendable () -> Void)?>

    init(_ action: (@Sendable () -> Void)?) { self.action = Mutex(action) }

    func run() {
      let action = action.withLock { action in
        defer { action = nil }
        return action
      }
      action?()
    }
  }

  private final class Piece: Sendable {
    private let bytes: Mutex<[UInt8]?>

    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }

    func take() -> [UInt8]? {
      bytes.withLock { bytes in
        defer { bytes = nil }
        return bytes
      }
    }
  }
}
