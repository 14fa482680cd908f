import Contracts
import JSON
import Wire

extension PhoneNumber {
  /// A number that a person entered, checked against its country. Throws `PHONE_NUMBER_INVALID`, which names the
  /// country and the lengths its numbers have.
  func entered(as field: String = "phone_number") throws(CallFailure) -> PhoneNumber {
    do throws(ValueFailure) {
      return try dialable()
    } catch {
      var details: JSONObject = ["field": .string(field)]
      if let numbering = CountryNumbering.of(self) {
        details["country"] = numbering.country.map { .string($0) }
        details["expected_lengths"] = .array(numbering.nationalLengths.map { .integer(Int64($0)) })
        details["example"] = .string(numbering.example)
      }
      throw CallFailure(
        .invalidArgument, "PHONE_NUMBER_INVALID", "\(field): \(error.message)", details: .object(details))
    }
  }
}
