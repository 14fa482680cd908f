/// Answer headers, looked up without regard to case.
package struct OutboundHeaders: Sendable {
  /// As received; repeated fields arrive joined with ", ".
  package private(set) var fields: [(name: String, value: String)]

  package init(_ fields: [(name: String, value: String)] = []) { self.fields = fields }

  /// The value of `name`, nil when absent.
  package subscript(name: String) -> String? {
    let wanted = name.lowercased()
    return fields.first { $0.name.lowercased() == wanted }?.value
  }

  mutating func remove(_ name: String) {
    let wanted = name.lowercased()
    fields.removeAll { $0.name.lowercased() == wanted }
  }
}
