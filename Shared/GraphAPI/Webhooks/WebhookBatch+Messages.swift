import JSON

extension WebhookBatch {
  /// The field `messages`: what customers write, and how far our messages are.
  static func messages(_ value: JSONNode, _ place: WebhookPlace, into updates: inout [WebhookUpdate]) {
    let people = WebhookPeople(value["contacts"])
    each(
      of: "messages", in: value, place, else: "message without id, timestamp, type or sender", into: &updates
    ) { message($0, place, people).map(WebhookUpdate.message) }
    each(
      of: "statuses", in: value, place, else: "status without id, status or timestamp", into: &updates
    ) { status($0, place, people).map(WebhookUpdate.status) }
    if value["messages"] == nil, value["statuses"] == nil { updates.append(unread(value, place)) }
  }

  private static func message(_ node: JSONNode, _ place: WebhookPlace, _ people: WebhookPeople) -> WebhookMessage? {
    guard let id = node["id"]?.string, !id.isEmpty, let timestamp = node["timestamp"]?.epochMilliseconds,
      let type = node["type"]?.string
    else { return nil }
    let customer = people.find(
      number: node["from"]?.webhookText, userID: node["from_user_id"]?.webhookText,
      parentUserID: node["from_parent_user_id"]?.webhookText)
    guard customer.isKnown else { return nil }
    return WebhookMessage(
      wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, id: id, customer: customer, timestamp: timestamp,
      type: type, context: context(node["context"]), node: node)
  }

  static func context(_ node: JSONNode?) -> WebhookContext? {
    guard let node, node.kind == .object else { return nil }
    let product = node["referred_product"]
    return WebhookContext(
      messageID: node["id"]?.webhookText,
      isForwarded: node["forwarded"]?.bool == true || node["frequently_forwarded"]?.bool == true,
      catalogID: product?["catalog_id"]?.webhookText,
      productRetailerID: product?["product_retailer_id"]?.webhookText)
  }

  private static func status(_ node: JSONNode, _ place: WebhookPlace, _ people: WebhookPeople) -> WebhookStatus? {
    guard let id = node["id"]?.string, !id.isEmpty, let status = node["status"]?.string,
      let timestamp = node["timestamp"]?.epochMilliseconds
    else { return nil }
    let error = node["errors"]?.firstElement
    // What a group gets says nothing about one person.
    let isPerson = (node["recipient_type"]?.string ?? "individual") == "individual"
    let user = node["recipient_user_id"]?.webhookText
    let number = node["recipient_id"]?.webhookText
    return WebhookStatus(
      wabaID: place.wabaID, phoneNumberID: place.phoneNumberID, id: id, status: status, timestamp: timestamp,
      recipient: isPerson && (number != nil || user != nil)
        ? people.find(number: number, userID: user) : WebhookPerson(),
      callbackData: node["biz_opaque_callback_data"]?.string, errorCode: error?["code"]?.int64.flatMap { Int($0) },
      errorTitle: error?["title"]?.string,
      errorDetails: error?["error_data"]?["details"]?.string ?? error?["message"]?.string,
      pricing: pricing(node["pricing"]), freeEntryExpiresAt: freeEntry(node["conversation"]))
  }

  private static func pricing(_ node: JSONNode?) -> WebhookPricing? {
    guard let node, node.kind == .object else { return nil }
    return WebhookPricing(
      isBillable: node["billable"]?.bool, model: node["pricing_model"]?.string, type: node["type"]?.string,
      category: node["category"]?.string)
  }

  /// Only the free entry point still has a conversation with an end (webhooks of v24 and later).
  private static func freeEntry(_ node: JSONNode?) -> Int64? {
    guard node?["origin"]?["type"]?.string == "referral_conversion" else { return nil }
    return node?["expiration_timestamp"]?.epochMilliseconds
  }
}
