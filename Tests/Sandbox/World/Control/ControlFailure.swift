/// Why an order of the control API cannot be carried out, in words for the person who gave it.
package struct ControlFailure: Error, Sendable, CustomStringConvertible {
  package let status: Int
  package let description: String

  package init(_ description: String, status: Int = 400) {
    self.description = description
    self.status = status
  }
}
