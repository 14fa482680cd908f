/// One header or trailer line (RFC 9112 §5): token, colon, value with blanks around it dropped.
struct HTTPFieldLine {
  let name: ArraySlice<UInt8>
  let value: ArraySlice<UInt8>

  init(parsing line: ArraySlice<UInt8>) throws(HTTPRefusal) {
    if let first = line.first, HTTPBytes.isBlank(first) { throw .foldedHeader }
    guard let colon = line.firstIndex(of: HTTPBytes.colon) else { throw .header }
    name = line[..<colon]
    // This also refuses blanks before the colon, which proxies are known to read in different ways.
    if name.isEmpty || !name.allSatisfy(HTTPBytes.isToken) { throw .header }
    value = line[(colon + 1)...].trimmed()
    if !value.allSatisfy(HTTPBytes.isFieldValue) { throw .controlByte }
  }
}
