/// The members of an object in their order. Equality ignores the order, as JSON does.
package struct JSONObject: Sendable {
  package struct Member: Sendable {
    package var key: String
    package var value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// Names are distinct.
  package private(set) var members: [Member]

  package init() { members = [] }

  /// For members whose names are known to differ, as those of a scanned object are.
  init(distinct members: [Member]) { self.members = members }

  package var count: Int { members.count }
  package var isEmpty: Bool { members.isEmpty }
  package var keys: [String] { members.map(\.key) }

  /// The value of a member; setting keeps its place or adds it at the end, setting nil removes it. A linear search:
  /// objects are small, and limited where they come from outside.
  package subscript(key: String) -> JSONValue? {
    get { members.first { $0.key == key }?.value }
    set {
      let index = members.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }
}

extension JSONObject: Hashable {
  package static func == (one: JSONObject, other: JSONObject) -> Bool {
    guard one.count == other.count else { return false }
    // Equal objects mostly have the same order too; only then is a table not worth it.
    var others: [String: JSONValue]?
    for (index, member) in one.members.enumerated() {
      if other.members[index].key == member.key {
        if other.members[index].value != member.value { return false }
        continue
      }
      let table = others ?? Dictionary(other.members.map { ($0.key, $0.value) }) { first, _ in first }
      others = table
      if table[member.key] != member.value { return false }
    }
    return true
  }

  package func hash(into hasher: inout Hasher) {
    var sum = 0
    for member in members {
      var each = Hasher()
      each.combine(member.key)
      each.combine(member.value)
      sum ^= each.finalize()
    }
    hasher.combine(count)
    hasher.combine(sum)
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Of members with the same name the last counts.
  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = []
    for (key, value) in elements { self[key] = value }
  }
}
