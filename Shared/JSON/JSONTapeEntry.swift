/// One value, or one member name, of a scanned document: 16 bytes, in document order.
///
/// A container is followed by its children; an object's children alternate name, value. `next` skips a subtree.
struct JSONTapeEntry: Sendable {
  /// What the entry is; the low four bits of `info`.
  enum Tag {
    static let null: UInt32 = 0
    static let `false`: UInt32 = 1
    static let `true`: UInt32 = 2
    /// A number without fraction and exponent.
    static let integer: UInt32 = 3
    /// Any other number.
    static let decimal: UInt32 = 4
    /// A string whose bytes between the quotes are its value.
    static let plain: UInt32 = 5
    /// A string with at least one escape.
    static let escaped: UInt32 = 6
    static let array: UInt32 = 7
    static let object: UInt32 = 8
  }

  /// Offset of the first byte of the value, quotes and brackets included.
  var start: UInt32
  /// Offset after its last byte.
  var end: UInt32
  /// Index of the entry after this value and all it contains. For a member name: its fingerprint.
  /// While a container is being scanned: the index of the container around it.
  var next: UInt32
  /// Tag, and above it the number of elements or members.
  var info: UInt32

  @inline(__always) var tag: UInt32 { info & 15 }
  @inline(__always) var count: Int { Int(info >> 4) }

  /// Marks the outermost container while it is open.
  static let noParent = UInt32.max
  /// Added to `info` for each child.
  static let oneChild: UInt32 = 16
}
