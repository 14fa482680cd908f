import Contracts

/// A message object as Meta's webhook shows it (values invented), and what people see of it.
struct InboundFixture: Sendable, CustomStringConvertible {
  var type: String
  /// The members beside id, timestamp and sender.
  var members: String
  var text: String?
  var content: MessageContent?

  init(_ type: String, _ members: String, text: String? = nil, content: MessageContent? = nil) {
    self.type = type
    self.members = members
    self.text = text
    self.content = content
  }

  var description: String { "\(type) \(members.prefix(60))" }

  /// The message object with its sender.
  func json(id: String, from: String = "4915112345678") -> String {
    #"{"from":"\#(from)","from_user_id":"DE.1","id":"\#(id)","timestamp":"1767225600","type":"\#(type)",\#(members)}"#
  }

  private static let hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
  private static let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

  /// Every shape of a customer's message.
  static let all: [InboundFixture] = words + media + things + replies + notices

  static let words: [InboundFixture] = [
    InboundFixture("text", #""text":{"body":"Grüße \ud83c\udf37"}"#, text: "Grüße 🌷"),
    InboundFixture(
      "text", #""context":{"forwarded":true},"text":{"body":"look"}"#, text: "look",
      content: MessageContent(isForwarded: true)),
    InboundFixture(
      "text", #""context":{"frequently_forwarded":true},"text":{"body":"look"}"#, text: "look",
      content: MessageContent(isForwarded: true)),
    InboundFixture(
      "text",
      #""context":{"from":"15550001001","id":"wamid.shop","referred_product":{"catalog_id":"77","product_retailer_id":"rose-12"}},"text":{"body":"In red?"}"#,
      text: "In red?",
      content: MessageContent(product: ReferredProduct(catalogID: "77", productRetailerID: "rose-12"))),
    InboundFixture(
      "text",
      #""referral":{"source_url":"https://fb.me/1","source_id":"120","source_type":"ad","headline":"Roses","body":"Half price","media_type":"image","image_url":"https://x/i","video_url":"https://x/v","thumbnail_url":"https://x/t","ctwa_clid":"clid","welcome_message":{"text":"Hi!"}},"text":{"body":"Tell me more"}"#,
      text: "Tell me more",
      content: MessageContent(
        referral: AdReferral(
          sourceURL: "https://fb.me/1", sourceID: "120", sourceType: "ad", headline: "Roses", body: "Half price",
          mediaType: "image", imageURL: "https://x/i", videoURL: "https://x/v", thumbnailURL: "https://x/t",
          welcomeText: "Hi!", ctwaClid: "clid"))),
  ]

  static let media: [InboundFixture] = [
    InboundFixture(
      "image",
      #""image":{"id":"811","mime_type":"image/jpeg","sha256":"\#(hash)","caption":"My garden","url":"https://lookaside/1"}"#,
      text: "My garden",
      content: MessageContent(image: MessageMedia(caption: "My garden", mimeType: "image/jpeg", sha256: hex))),
    InboundFixture(
      "video", #""video":{"id":"812","mime_type":"video/mp4","sha256":"\#(hash)"}"#,
      content: MessageContent(video: MessageMedia(mimeType: "video/mp4", sha256: hex))),
    InboundFixture(
      "audio", #""audio":{"id":"813","mime_type":"audio/ogg; codecs=opus","sha256":"\#(hash)","voice":true}"#,
      content: MessageContent(
        audio: MessageMedia(isVoice: true, mimeType: "audio/ogg; codecs=opus", sha256: hex))),
    InboundFixture(
      "sticker", #""sticker":{"id":"814","mime_type":"image/webp","sha256":"\#(hash)","animated":true}"#,
      content: MessageContent(sticker: MessageMedia(mimeType: "image/webp", sha256: hex, isAnimated: true))),
    InboundFixture(
      "document",
      #""document":{"id":"815","mime_type":"application/pdf","sha256":"\#(hash)","filename":"order.pdf","caption":"See page 2"}"#,
      text: "See page 2",
      content: MessageContent(
        document: MessageMedia(
          caption: "See page 2", filename: "order.pdf", mimeType: "application/pdf", sha256: hex))),
  ]

  static let things: [InboundFixture] = [
    InboundFixture(
      "location",
      #""location":{"latitude":48.137,"longitude":11.575,"name":"Market","address":"Market 1","url":"https://market"}"#,
      content: MessageContent(
        location: MessageLocation(
          latitude: 48.137, longitude: 11.575, name: "Market", address: "Market 1", url: "https://market"))),
    InboundFixture(
      "contacts",
      #""contacts":[{"name":{"formatted_name":"Ben Bee","first_name":"Ben","last_name":"Bee"},"phones":[{"phone":"+49 151","type":"CELL","wa_id":"49151"}],"emails":[{"email":"b@x","type":"WORK"}],"addresses":[{"street":"Main 1","city":"Ulm","country_code":"de"}],"org":{"company":"Bee"},"urls":[{"url":"https://b"}],"birthday":"2000-01-02"},{"name":{"first_name":"Only"}}]"#,
      content: MessageContent(contacts: [
        ContactCard(
          name: ContactCardName(formattedName: "Ben Bee", firstName: "Ben", lastName: "Bee"),
          phones: [ContactCardPhone(phone: "+49 151", type: "CELL", waID: "49151")],
          emails: [ContactCardEmail(email: "b@x", type: "WORK")],
          addresses: [ContactCardAddress(street: "Main 1", city: "Ulm", countryCode: "de")],
          org: ContactCardOrganisation(company: "Bee"), urls: [ContactCardURL(url: "https://b")],
          birthday: "2000-01-02"),
        ContactCard(name: ContactCardName(formattedName: "Only", firstName: "Only")),
      ])),
    InboundFixture(
      "reaction", #""reaction":{"message_id":"wamid.elsewhere","emoji":"\ud83d\udc4d"}"#,
      content: MessageContent(reaction: MessageReaction(emoji: "👍", metaMessageID: "wamid.elsewhere"))),
    InboundFixture(
      "reaction", #""reaction":{"message_id":"wamid.elsewhere"}"#,
      content: MessageContent(reaction: MessageReaction(metaMessageID: "wamid.elsewhere"))),
    InboundFixture(
      "order",
      #""order":{"catalog_id":"77","text":"Please wrap it","product_items":[{"product_retailer_id":"rose-12","quantity":"2","item_price":3.5,"currency":"EUR"}]}"#,
      text: "Please wrap it",
      content: MessageContent(
        order: MessageOrder(
          catalogID: "77", text: "Please wrap it",
          items: [OrderItem(productRetailerID: "rose-12", quantity: 2, itemPrice: 3.5, currency: "EUR")]))),
  ]

  static let replies: [InboundFixture] = [
    InboundFixture(
      "button", #""context":{"from":"15550001001","id":"wamid.t"},"button":{"payload":"P1","text":"Yes"}"#, text: "Yes",
      content: MessageContent(button: ButtonReply(payload: "P1", text: "Yes"))),
    InboundFixture(
      "interactive", #""interactive":{"type":"button_reply","button_reply":{"id":"b1","title":"Today"}}"#,
      text: "Today",
      content: MessageContent(reply: InteractiveReply(type: "button_reply", id: "b1", title: "Today"))),
    InboundFixture(
      "interactive",
      #""interactive":{"type":"list_reply","list_reply":{"id":"r1","title":"Roses","description":"Red"}}"#,
      text: "Roses",
      content: MessageContent(
        reply: InteractiveReply(type: "list_reply", id: "r1", title: "Roses", description: "Red"))),
    InboundFixture(
      "interactive",
      #""interactive":{"type":"nfm_reply","nfm_reply":{"name":"flow","body":"Sent","response_json":"{\"a\":1}"}}"#,
      text: "Sent",
      content: MessageContent(
        reply: InteractiveReply(type: "nfm_reply", title: "Sent", name: "flow", responseJSON: #"{"a":1}"#))),
    InboundFixture(
      "interactive",
      #""interactive":{"type":"call_permission_reply","call_permission_reply":{"response":"accept","expiration_timestamp":"1767830400","response_source":"user_action"}}"#,
      content: MessageContent(
        reply: InteractiveReply(
          type: "call_permission_reply", response: "accept", expiresAt: Timestamp(milliseconds: 1_767_830_400_000)))),
    InboundFixture(
      "interactive", #""interactive":{"type":"hologram_reply","hologram_reply":{"id":"h1"}}"#,
      content: MessageContent(reply: InteractiveReply(type: "hologram_reply", id: "h1"))),
  ]

  static let notices: [InboundFixture] = [
    InboundFixture(
      "system", #""system":{"body":"Ann's security code changed","type":"customer_identity_changed"}"#,
      text: "Ann's security code changed",
      content: MessageContent(
        system: SystemNotice(type: "customer_identity_changed", body: "Ann's security code changed"))),
    InboundFixture(
      "edit",
      #""edit":{"original_message_id":"wamid.elsewhere","message":{"context":{"id":"c"},"type":"text","text":{"body":"Better so"}}}"#,
      text: "Better so",
      content: MessageContent(
        revision: MessageRevision(kind: "edit", metaMessageID: "wamid.elsewhere", text: "Better so"))),
    InboundFixture(
      "edit",
      #""edit":{"original_message_id":"wamid.elsewhere","message":{"type":"image","image":{"caption":"New words","id":"8"}}}"#,
      text: "New words",
      content: MessageContent(
        revision: MessageRevision(kind: "edit", metaMessageID: "wamid.elsewhere", text: "New words"))),
    InboundFixture(
      "revoke", #""revoke":{"original_message_id":"wamid.removed"}"#,
      content: MessageContent(revision: MessageRevision(kind: "revoke", metaMessageID: "wamid.removed"))),
    InboundFixture(
      "unsupported",
      #""errors":[{"code":131051,"title":"Message type unknown","message":"Message type unknown","error_data":{"details":"Message type is currently not supported."}}]"#,
      content: MessageContent(
        problem: MetaProblem(
          code: 131_051, title: "Message type unknown", details: "Message type is currently not supported."))),
    InboundFixture(
      "unknown", #""errors":[{"code":501,"message":"Unknown"}]"#,
      content: MessageContent(problem: MetaProblem(code: 501, details: "Unknown"))),
    InboundFixture("hologram", #""hologram":{"depth":3}"#),
    // Of another kind than documented: kept without what cannot be read.
    InboundFixture("text", #""text":"hi""#),
    InboundFixture("image", #""image":[]"#, content: MessageContent(image: MessageMedia())),
    InboundFixture("location", #""location":{"latitude":"x"}"#),
    InboundFixture("contacts", #""contacts":{}"#, content: MessageContent(contacts: [])),
    InboundFixture("reaction", #""reaction":null"#, content: MessageContent(reaction: MessageReaction())),
    InboundFixture("order", #""order":{"product_items":7}"#, content: MessageContent(order: MessageOrder(items: []))),
  ]
}
