import Contracts
import JSON

// Cards of an address book as Meta's webhooks show them.

extension ContactCard {
  /// Cards of one message that are kept; WhatsApp sends fewer.
  static let limit = 100

  static func all(_ node: JSONNode) -> [ContactCard] {
    var cards: [ContactCard] = []
    node.forEachElement { if cards.count < limit { cards.append(ContactCard($0)) } }
    return cards
  }

  private init(_ node: JSONNode) {
    self.init(
      name: ContactCardName(node["name"]),
      phones: node.list("phones") {
        ContactCardPhone(phone: $0["phone"]?.string, type: $0["type"]?.string, waID: $0["wa_id"]?.string)
      },
      emails: node.list("emails") { ContactCardEmail(email: $0["email"]?.string, type: $0["type"]?.string) },
      addresses: node.list("addresses") {
        ContactCardAddress(
          street: $0["street"]?.string, city: $0["city"]?.string, state: $0["state"]?.string, zip: $0["zip"]?.string,
          country: $0["country"]?.string, countryCode: $0["country_code"]?.string, type: $0["type"]?.string)
      },
      org: node["org"].map {
        ContactCardOrganisation(
          company: $0["company"]?.string, department: $0["department"]?.string, title: $0["title"]?.string)
      }, urls: node.list("urls") { ContactCardURL(url: $0["url"]?.string, type: $0["type"]?.string) },
      birthday: node["birthday"]?.string)
  }
}

extension ContactCardName {
  fileprivate init(_ node: JSONNode?) {
    let (first, last) = (node?["first_name"]?.string, node?["last_name"]?.string)
    self.init(
      formattedName: node?["formatted_name"]?.string ?? [first, last].compactMap { $0 }.joined(separator: " "),
      firstName: first, lastName: last, middleName: node?["middle_name"]?.string, suffix: node?["suffix"]?.string,
      prefix: node?["prefix"]?.string)
  }
}

extension JSONNode {
  /// What an array of objects holds; nil when there is none.
  fileprivate func list<Item>(_ key: String, _ read: (JSONNode) -> Item) -> [Item]? {
    guard let node = self[key], node.kind == .array, node.count > 0 else { return nil }
    var items: [Item] = []
    node.forEachElement { if items.count < ContactCard.limit { items.append(read($0)) } }
    return items
  }
}
