package import JSON

/// The number that a message is to go to, as it was written: one that is no phone number is refused by the call, with a
/// code of its own, and not by the reading of the request.
package struct RecipientNumber: Sendable, Equatable {
  /// E.164 with its `+`; what was written, if that is no number.
  package let text: String
  /// Why it is no number.
  package let problem: String?

  package init(_ number: PhoneNumber) { self.init(text: number.text, problem: nil) }

  /// Reads what was written.
  package init(reading input: String) {
    do throws(ValueFailure) {
      self.init(try PhoneNumber(parsing: input))
    } catch {
      self.init(text: input, problem: error.message)
    }
  }

  private init(text: String, problem: String?) {
    self.text = text
    self.problem = problem
  }

  /// Nil when it is no number.
  package var number: PhoneNumber? { problem == nil ? PhoneNumber(trusted: text) : nil }
}

extension RecipientNumber: Codable {
  package init(from decoder: any Decoder) throws {
    self.init(reading: try decoder.singleValueContainer().decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}

extension RecipientNumber: JSONSchemaDescribing {
  package static var schema: JSONValue { PhoneNumber.schema }
  package static var example: RecipientNumber { RecipientNumber(PhoneNumber.example) }
}
