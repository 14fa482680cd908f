/// The owner's word on trying the same call again.
///
/// On the wire `"never"`, `"same"` or `{"after_ms":1500}`.
package enum CallRetry: Sendable, Equatable {
  /// The same call will fail the same way.
  case never
  /// The same call may succeed as it is.
  case same
  /// As `same`, but not before this many milliseconds have passed.
  case afterMilliseconds(Int)
}

extension CallRetry: Codable {
  private enum CodingKeys: String, CodingKey { case afterMilliseconds = "after_ms" }

  package init(from decoder: any Decoder) throws {
    if let keyed = try? decoder.container(keyedBy: CodingKeys.self) {
      self = .afterMilliseconds(max(0, try keyed.decode(Int.self, forKey: .afterMilliseconds)))
      return
    }
    // A word from a newer peer is read as the careful one.
    self = try decoder.singleValueContainer().decode(String.self) == "same" ? .same : .never
  }

  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .never, .same:
      var container = encoder.singleValueContainer()
      try container.encode(self == .same ? "same" : "never")
    case .afterMilliseconds(let milliseconds):
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(milliseconds, forKey: .afterMilliseconds)
    }
  }
}
