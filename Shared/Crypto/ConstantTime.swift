/// Whether `a` and `b` hold the same bytes, in a time that depends on their lengths only.
@inline(never)
package func constantTimeEquals(_ a: [UInt8], _ b: [UInt8]) -> Bool {
  guard a.count == b.count else { return false }
  return a.withUnsafeBufferPointer { left in
    b.withUnsafeBufferPointer { right in
      var difference: UInt8 = 0
      for index in 0..<left.count { difference |= left[index] ^ right[index] }
      return difference == 0
    }
  }
}
