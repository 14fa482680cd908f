/// An element of a small XML document, without mixed content's order: what TwiML needs.
struct XMLElement: Equatable {
  var name: String
  var attributes: [String: String] = [:]
  var children: [XMLElement] = []
  var text = ""
}
