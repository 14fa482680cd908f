/// What a person is called in Meta's raw bodies.
struct ErasureWords: Codable, Sendable {
  var userIDs: [String]
  /// With `+`, as everywhere; Meta writes the digits alone.
  var phoneNumbers: [String]
  /// Numbers that the person had before: somebody else's by now, perhaps, so that nothing but raw bodies is searched
  /// for them.
  var formerNumbers: [String]?

  /// As they stand in JSON: between quotes, so that no longer number is meant.
  var quoted: [String] {
    let numbers = phoneNumbers + (formerNumbers ?? [])
    return (userIDs + numbers.map { String($0.drop { $0 == "+" }) }).map { "\"\($0)\"" }
  }
}
