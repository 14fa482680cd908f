// Sources: Services/SenderRegistry/Domain/Image
// Compiled by scripts/fuzz together with the parser's own files, which need nothing else.

/// Feeds the bytes as they are, and behind the beginnings of both formats: a header or a refusal, never a crash.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  check(bytes)
  check([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52] + bytes)
  check([0xFF, 0xD8, 0xFF] + bytes)
  return 0
}

private func check(_ bytes: [UInt8]) {
  do throws(ImageRefusal) {
    let header = try ImageHeader(parsing: bytes)
    precondition(header.width > 0 && header.height > 0, "a picture without a size")
    precondition(header.format == .png || !header.hasAlpha, "a JPEG with transparency")
    // Whatever is taken is complete: without its last byte it is not.
    var cut = bytes
    cut.removeLast()
    let again = try? ImageHeader(parsing: cut)
    // Bytes behind the end are allowed, so a cut of those still is a picture; it is the same one.
    precondition(again == nil || again == header, "a cut changes what the picture says")
  } catch {
    if case .damaged(let what) = error { precondition(!what.isEmpty, "a refusal without words") }
  }
}
