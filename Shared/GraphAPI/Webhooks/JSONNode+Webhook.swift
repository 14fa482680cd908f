package import JSON

extension JSONNode {
  /// A string that is not empty, or a whole number as its digits: Meta is not consistent about ids.
  package var webhookText: String? {
    guard let text = string ?? int64.map(String.init), !text.isEmpty else { return nil }
    return text
  }

  /// Unix seconds, as a string or a number, in milliseconds.
  package var epochMilliseconds: Int64? {
    guard let seconds = int64 ?? string.flatMap({ Int64($0) }), (0...253_402_300_799).contains(seconds) else {
      return nil
    }
    return seconds * 1000
  }

  /// The first element of an array.
  package var firstElement: JSONNode? { self[0] }
}
