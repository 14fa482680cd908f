/// Header fields in their order; names compare without regard to case.
///
/// All bytes live in one array and strings are made when asked for: a request costs two allocations however
/// many fields it has.
package struct HTTPHeaders: Sendable {
  struct Field: Sendable {
    var name: Range<Int>
    var value: Range<Int>
  }

  private(set) var block: [UInt8] = []
  private(set) var fields: [Field] = []

  package init() {}

  /// The number of fields.
  package var count: Int { fields.count }

  /// True when there is no field.
  package var isEmpty: Bool { fields.isEmpty }

  /// The first value of `name`.
  package subscript(_ name: String) -> String? {
    for field in fields where isNamed(field, name.utf8) { return text(field.value) }
    return nil
  }

  /// Every value of `name`, in order, one per field line.
  package func all(_ name: String) -> [String] {
    fields.filter { isNamed($0, name.utf8) }.map { text($0.value) }
  }

  /// True when a field of that name exists.
  package func contains(_ name: String) -> Bool { fields.contains { isNamed($0, name.utf8) } }

  /// True when the comma-separated lists under `name` hold `token`, in any case.
  package func contains(_ name: String, token: String) -> Bool {
    fields.contains { field in
      isNamed(field, name.utf8)
        && block[field.value].split(separator: 0x2C).contains { Self.isSame($0.trimmed(), token.utf8) }
    }
  }

  /// Appends a field.
  package mutating func add(_ name: String, _ value: String) {
    append(name: name.utf8, value: value.utf8)
  }

  /// Replaces every field of that name by one.
  package mutating func set(_ name: String, _ value: String) {
    remove(name)
    add(name, value)
  }

  /// Removes every field of that name.
  package mutating func remove(_ name: String) {
    fields = fields.filter { !isNamed($0, name.utf8) }
    if fields.isEmpty { block.removeAll(keepingCapacity: true) }
  }

  /// True when every name is a token and no value holds a line end, NUL or another control character:
  /// anything else would let a value speak for the server.
  package var isWellFormed: Bool {
    fields.allSatisfy { field in
      !field.name.isEmpty && block[field.name].allSatisfy(HTTPBytes.isToken)
        && block[field.value].allSatisfy(HTTPBytes.isFieldValue)
    }
  }

  mutating func append(name: some Collection<UInt8>, value: some Collection<UInt8>) {
    let start = block.count
    block.append(contentsOf: name)
    let middle = block.count
    block.append(contentsOf: value)
    fields.append(Field(name: start..<middle, value: middle..<block.count))
  }

  mutating func reserve(bytes: Int, fields count: Int) {
    block.reserveCapacity(bytes)
    fields.reserveCapacity(count)
  }

  func isNamed(_ field: Field, _ name: String.UTF8View) -> Bool {
    field.name.count == name.count && Self.isSame(block[field.name], name)
  }

  func text(_ range: Range<Int>) -> String { String(decoding: block[range], as: UTF8.self) }

  static func isSame(_ bytes: ArraySlice<UInt8>, _ text: String.UTF8View) -> Bool {
    bytes.count == text.count
      && zip(bytes, text).allSatisfy { HTTPBytes.lowercased($0) == HTTPBytes.lowercased($1) }
  }
}

extension HTTPHeaders: Sequence {
  /// Walks the fields as (lower-case name, value).
  package struct Iterator: IteratorProtocol {
    fileprivate let headers: HTTPHeaders
    fileprivate var index = 0

    package mutating func next() -> (name: String, value: String)? {
      if index == headers.fields.count { return nil }
      defer { index += 1 }
      let field = headers.fields[index]
      let name = String(decoding: headers.block[field.name].map(HTTPBytes.lowercased), as: UTF8.self)
      return (name, headers.text(field.value))
    }
  }

  package func makeIterator() -> Iterator { Iterator(headers: self) }
}

extension HTTPHeaders: ExpressibleByDictionaryLiteral {
  /// Fields in the order written; a name may come twice.
  package init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { add(name, value) }
  }
}

extension ArraySlice<UInt8> {
  /// Without blanks and tabs at both ends.
  func trimmed() -> ArraySlice<UInt8> {
    var slice = self
    while let first = slice.first, HTTPBytes.isBlank(first) { slice.removeFirst() }
    while let last = slice.last, HTTPBytes.isBlank(last) { slice.removeLast() }
    return slice
  }
}
