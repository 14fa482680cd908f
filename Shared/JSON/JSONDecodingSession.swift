/// One call of `decode`: what its decoders and containers share.
///
/// They know their place by its index in the tape, so nothing is recorded for error messages: the path of an index is
/// found by descending from the root when a message is needed.
final class JSONDecodingSession {
  typealias Tag = JSONTapeEntry.Tag

  let storage: JSONStorage
  private let root: Int
  /// The object that was searched last, and the name after the one found there.
  ///
  /// Unchecked exclusivity, here and in the encoding session: a session lives in one call on one thread, and each access
  /// is a plain read or write within one function. The checks would be a tenth of the time.
  @exclusivity(unchecked) private var hintObject = -1
  @exclusivity(unchecked) private var hintName = 0

  init(storage: JSONStorage, root: Int) {
    self.storage = storage
    self.root = root
  }

  /// Decodes the value at `index`, turning every error a type may throw into ours, with the path.
  @inline(__always)
  func decode<Value: Decodable>(_ type: Value.Type, at index: Int) throws(JSONDecodingFailure) -> Value {
    do {
      return try Value(from: JSONNodeDecoder(session: self, index: index))
    } catch {
      throw translated(error, at: index, of: type)
    }
  }

  /// Index of the value of a member, or nil.
  @inline(__always)
  func member<Key: CodingKey>(_ key: Key, of object: Int, verbatim: Bool) -> Int? {
    var name = key.stringValue
    let hint = hintObject == object ? hintName : object + 1
    let found =
      name.withUTF8 { name in
        verbatim
          ? storage.member(name, of: object, from: hint)
          : JSONKeySpelling.withWire(name) { storage.member($0, of: object, from: hint) }
      }
    if let found {
      hintObject = object
      hintName = Int(storage.tape[found].next)
    }
    return found
  }

  // MARK: Scalars

  @inline(__always)
  func isNull(_ index: Int) -> Bool { storage.tape[index].tag == Tag.null }

  @inline(__always)
  func bool(at index: Int) throws(JSONDecodingFailure) -> Bool {
    let tag = storage.tape[index].tag
    if tag == Tag.true { return true }
    guard tag == Tag.false else { throw wrongType(at: index, expected: "boolean") }
    return false
  }

  @inline(__always)
  func string(at index: Int) throws(JSONDecodingFailure) -> String {
    let tag = storage.tape[index].tag
    guard tag == Tag.plain || tag == Tag.escaped else { throw wrongType(at: index, expected: "string") }
    return storage.text(at: index)
  }

  @inline(__always)
  func integer<Value: FixedWidthInteger>(at index: Int) throws(JSONDecodingFailure) -> Value {
    guard let value: Value = storage.integer(at: index) else {
      guard storage.tape[index].tag == Tag.integer else { throw wrongType(at: index, expected: "integer") }
      throw failure(at: index, "integer out of range \(Value.min)...\(Value.max)", .outOfRange)
    }
    return value
  }

  @inline(__always)
  func double(at index: Int) throws(JSONDecodingFailure) -> Double {
    guard let value = storage.double(at: index) else { throw wrongType(at: index, expected: "number") }
    return value
  }

  @inline(__always)
  func float(at index: Int) throws(JSONDecodingFailure) -> Float {
    let value = Float(try double(at: index))
    guard value.isFinite else { throw failure(at: index, "number out of range", .outOfRange) }
    return value
  }

  // MARK: Failures

  func failure(at index: Int, _ reason: String, _ kind: JSONDecodingFailure.Kind) -> JSONDecodingFailure {
    JSONDecodingFailure(path: Self.text(of: path(to: index)), reason: reason, kind: kind)
  }

  func missing<Key: CodingKey>(_ key: Key, in object: Int, verbatim: Bool) -> JSONDecodingFailure {
    let name = verbatim ? key.stringValue : JSONKeySpelling.wire(key.stringValue)
    return failure(at: object, "missing", .missing).appending(name)
  }

  func wrongType(at index: Int, expected: String) -> JSONDecodingFailure {
    let tag = storage.tape[index].tag
    let found =
      switch storage.kind(at: index) {
      case .number where expected == "integer" && tag == Tag.decimal: "a number with fraction or exponent"
      case .bool: "boolean"
      case let kind: kind.rawValue
      }
    return failure(at: index, "expected \(expected), found \(found)", .wrongType)
  }

  /// Types may throw `DecodingError` or an error of their own from `init(from:)`; both end as ours.
  private func translated<Value>(_ error: any Error, at index: Int, of type: Value.Type) -> JSONDecodingFailure {
    switch error {
    case let failure as JSONDecodingFailure: return failure
    case DecodingError.keyNotFound(let key, let context):
      let name = JSONKeySpelling.wire(key.stringValue)
      return JSONDecodingFailure(path: Self.text(of: context.codingPath), reason: "missing", kind: .missing)
        .appending(name)
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
      return JSONDecodingFailure(
        path: Self.text(of: context.codingPath), reason: context.debugDescription, kind: .wrongType)
    case DecodingError.dataCorrupted where type is any RawRepresentable.Type:
      // The standard library's text repeats the value and names the type; neither is for whoever sent it.
      let names = (type as? any CaseIterable.Type).flatMap { JSONSchemaProbe.names($0)?.names } ?? []
      let reason = names.isEmpty ? "not a known value" : "expected one of " + names.joined(separator: ", ")
      return failure(at: index, reason, .invalid)
    case DecodingError.dataCorrupted(let context):
      return JSONDecodingFailure(
        path: Self.text(of: context.codingPath), reason: context.debugDescription, kind: .invalid)
    default: return failure(at: index, String(describing: error), .invalid)
    }
  }

  /// The names and positions that lead from the root to `index`.
  func path(to index: Int) -> [any CodingKey] {
    var path: [any CodingKey] = []
    var at = root
    while at != index {
      let isObject = storage.tape[at].tag == Tag.object
      var child = at + 1
      var position = 0
      while true {
        let value = isObject ? child + 1 : child
        guard value < storage.tape.count else { return path }
        let next = Int(storage.tape[value].next)
        if index < next {
          path.append(isObject ? JSONKey(storage.text(at: child)) : JSONKey(index: position))
          at = value
          break
        }
        child = next
        position += 1
      }
    }
    return path
  }

  static func text(of path: [any CodingKey]) -> String {
    var text = ""
    for key in path {
      if let index = key.intValue {
        text += "[\(index)]"
      } else {
        text += text.isEmpty ? key.stringValue : "." + key.stringValue
      }
    }
    return text
  }
}

extension JSONDecodingFailure {
  /// The same failure one member further in.
  func appending(_ name: String) -> JSONDecodingFailure {
    var failure = self
    failure.path = path.isEmpty ? name : path + "." + name
    return failure
  }
}
