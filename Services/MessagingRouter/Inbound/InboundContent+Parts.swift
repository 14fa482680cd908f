import Contracts
import GraphAPI
import JSON

// How the parts of a message look in Meta's webhooks. What is missing or of another kind stays out; nothing is refused.

extension MessageLocation {
  init?(_ node: JSONNode) {
    guard let latitude = node["latitude"]?.number, let longitude = node["longitude"]?.number else { return nil }
    self.init(
      latitude: latitude, longitude: longitude, name: node["name"]?.string, address: node["address"]?.string,
      url: node["url"]?.string)
  }
}

extension InteractiveReply {
  init?(_ node: JSONNode) {
    guard let type = node["type"]?.string else { return nil }
    let part = node[type]
    self.init(
      type: type, id: part?["id"]?.webhookText, title: part?["title"]?.string,
      description: part?["description"]?.string, name: part?["name"]?.string,
      responseJSON: part?["response_json"]?.string, response: part?["response"]?.string,
      expiresAt: part?["expiration_timestamp"]?.epochMilliseconds.map { Timestamp(milliseconds: $0) })
    if type == "nfm_reply" { title = part?["body"]?.string }
  }

  /// What the customer's app shows of it.
  var words: String? { title }
}

extension MessageOrder {
  /// Items that are kept.
  static let itemLimit = 100

  init(_ node: JSONNode) {
    self.init(catalogID: node["catalog_id"]?.webhookText, text: node["text"]?.string, items: [])
    node["product_items"]?.forEachElement { item in
      if items.count >= Self.itemLimit { return }
      items.append(
        OrderItem(
          productRetailerID: item["product_retailer_id"]?.webhookText, quantity: item["quantity"]?.number,
          itemPrice: item["item_price"]?.number, currency: item["currency"]?.string))
    }
  }
}

extension SystemNotice {
  init(_ node: JSONNode) {
    self.init(
      type: node["type"]?.string, body: node["body"]?.string,
      newPhoneNumber: PhoneNumber.fromMeta(node["wa_id"]?.webhookText ?? node["new_wa_id"]?.webhookText),
      newUserID: node["user_id"]?.webhookText)
  }
}

extension AdReferral {
  init?(_ node: JSONNode) {
    guard node.kind == .object else { return nil }
    self.init(
      sourceURL: node["source_url"]?.string, sourceID: node["source_id"]?.webhookText,
      sourceType: node["source_type"]?.string, headline: node["headline"]?.string, body: node["body"]?.string,
      mediaType: node["media_type"]?.string, imageURL: node["image_url"]?.string, videoURL: node["video_url"]?.string,
      thumbnailURL: node["thumbnail_url"]?.string, welcomeText: node["welcome_message"]?["text"]?.string,
      ctwaClid: node["ctwa_clid"]?.string)
  }
}

extension JSONNode {
  /// A number, also one that is spelt as a text.
  fileprivate var number: Double? {
    if let double { return double }
    guard let number = string.flatMap(Double.init), number.isFinite else { return nil }
    return number
  }
}
