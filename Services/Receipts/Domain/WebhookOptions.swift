import Contracts

/// What a person sets of a webhook, each field checked: throws the first that cannot be taken.
enum WebhookOptions {
  static let descriptionLength = 200
  static let ratePerSecond = 0.1...1_000.0
  static let concurrency = 1...64

  static func description(_ text: String) throws(FieldRefusal) -> String {
    guard (1...descriptionLength).contains(text.count), text.utf8.count <= 4 * descriptionLength else {
      throw FieldRefusal(
        "LENGTH_OUT_OF_RANGE", "description has 1 to \(descriptionLength) characters; null leaves it out",
        field: "description")
    }
    return text
  }

  static func eventTypes(_ types: [PlatformEvent.Kind]) throws(FieldRefusal) -> [PlatformEvent.Kind] {
    guard !types.isEmpty else {
      throw FieldRefusal(
        "EVENT_TYPES_EMPTY", "event_types is empty: name at least one type, or leave it out for all of them",
        field: "event_types")
    }
    var seen: Set<PlatformEvent.Kind> = []
    for (index, type) in types.enumerated() where !seen.insert(type).inserted {
      throw FieldRefusal(
        "EVENT_TYPE_REPEATED", "event_types[\(index)]: \(type.rawValue) is there already: name each type once",
        field: "event_types[\(index)]")
    }
    return types
  }

  static func rate(_ perSecond: Double) throws(FieldRefusal) -> Double {
    guard ratePerSecond.contains(perSecond) else {
      throw FieldRefusal(
        "RATE_OUT_OF_RANGE", "max_per_second is 0.1 to 1,000 attempts a second, or null for no limit",
        field: "max_per_second")
    }
    return perSecond
  }

  static func concurrency(_ attempts: Int) throws(FieldRefusal) -> Int {
    guard concurrency.contains(attempts) else {
      throw FieldRefusal(
        "CONCURRENCY_OUT_OF_RANGE",
        "max_concurrency is 1 to 64 attempts at the same time, or null for the service's own number",
        field: "max_concurrency")
    }
    return attempts
  }

  static func schedule(_ text: String) throws(FieldRefusal) -> String {
    guard let schedule = RetrySchedule(text: text) else {
      throw FieldRefusal(
        "RETRY_SCHEDULE_INVALID",
        "retry_schedule is standard, short, or 1 to 50 pauses of at most 7 days each, such as 0s,5s,5m",
        field: "retry_schedule")
    }
    guard schedule.pauses.first == .zero else {
      throw FieldRefusal(
        "RETRY_SCHEDULE_INVALID",
        "retry_schedule begins with 0s: the first attempt is made as soon as there is an event",
        field: "retry_schedule")
    }
    return text
  }
}

extension Patch {
  /// The wish with its value checked.
  func checked(_ check: (Value) throws(FieldRefusal) -> Value) throws(FieldRefusal) -> Patch<Value> {
    switch self {
    case .absent: .absent
    case .null: .null
    case .set(let value): .set(try check(value))
    }
  }
}
