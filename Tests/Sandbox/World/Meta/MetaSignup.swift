/// What Meta's popup gives the browser at its end: the callback's code and the FINISH event's ids.
package struct MetaSignup: Sendable {
  /// Single use, 30 seconds.
  package let code: String
  package let wabaID: String
  /// Nil when the customer gave no number (FINISH_ONLY_WABA).
  package let phoneNumberID: String?
  package let businessID: String
  /// How the popup says it ended.
  package var event = "FINISH"
  /// The number, also where the popup does not name it.
  package var numberID: String?

  package init(code: String, wabaID: String, phoneNumberID: String?, businessID: String) {
    self.code = code
    self.wabaID = wabaID
    self.phoneNumberID = phoneNumberID
    self.businessID = businessID
  }
}
