/// What a person is called in Meta's raw bodies.
struct ErasureWords: Codable, Sendable {
  var userIDs: [String]
  /// With `+`, as everywhere; Meta writes the digits alone.
  var phoneNumbers: [String]

  /// As they stand in JSON: between quotes, so that no longer number is meant.
  var quoted: [String] {
    (userIDs + phoneNumbers.map { String($0.drop { $0 == "+" }) }).map { "\"\($0)\"" }
  }
}
