import Testing

@testable import MessagingRouter

/// Every bound of plain messages: at it, above it, below it.
@Suite struct ContentRulesTests {
  @Test(arguments: [
    ContentRow(#""recipient_name":"Ann""#, "CONTENT_REQUIRED text"),
    ContentRow(#""text":"a","sticker":{"link":"https://a.example/s.webp"}"#, "CONTENT_AMBIGUOUS sticker"),
    ContentRow(
      #""image":{"link":"https://a.example"},"location":{"latitude":0,"longitude":0}"#, "CONTENT_AMBIGUOUS location"),
    ContentRow(#""text":"a","preview_url":true"#),
    ContentRow(#""sticker":{"link":"https://a.example/s.webp"},"preview_url":true"#, "FIELD_NOT_ALLOWED preview_url"),
  ])
  func `a message has exactly one kind of content`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ContentRow(#""text":"""#, "LENGTH_OUT_OF_RANGE text"),
    ContentRow(#""text":"a""#),
    ContentRow(#""text":"\#(letters(4_096))""#),
    ContentRow(#""text":"\#(letters(4_097))""#, "LENGTH_OUT_OF_RANGE text"),
    // Code points are counted: not bytes, not UTF-16, not what people see as one.
    ContentRow(#""text":"\#(String(repeating: "😀", count: 4_096))""#),
    ContentRow(#""text":"\#(String(repeating: "👍🏽", count: 2_049))""#, "LENGTH_OUT_OF_RANGE text"),
    ContentRow(#""text":" \u200b\n""#, "TEXT_INVALID text"),
    ContentRow(#""text":"a\u0007""#, "TEXT_INVALID text"),
    ContentRow(#""text":"a\tb\r\nc""#),
  ])
  func `text`(row: ContentRow) throws { try row.check() }

  static let id = #""media_id":"med_01JD0000000000000000000000""#

  @Test(arguments: [
    ContentRow(#""image":{}"#, "FIELD_REQUIRED image.media_id"),
    ContentRow(#""image":{\#(id)}"#),
    ContentRow(#""image":{\#(id),"link":"https://a.example"}"#, "FIELD_NOT_ALLOWED image.link"),
    ContentRow(#""image":{"link":"https://a.example/a.jpg","caption":"\#(letters(1_024))"}"#),
    ContentRow(#""image":{\#(id),"caption":"\#(letters(1_025))"}"#, "LENGTH_OUT_OF_RANGE image.caption"),
    ContentRow(#""video":{\#(id),"caption":""}"#, "LENGTH_OUT_OF_RANGE video.caption"),
    ContentRow(#""video":{\#(id),"caption":"two\nlines"}"#),
    ContentRow(#""document":{\#(id),"caption":"a","filename":"\#(letters(240))"}"#),
    ContentRow(#""document":{\#(id),"filename":"\#(letters(241))"}"#, "LENGTH_OUT_OF_RANGE document.filename"),
    ContentRow(#""image":{\#(id),"filename":"a.jpg"}"#, "FIELD_NOT_ALLOWED image.filename"),
    ContentRow(#""audio":{\#(id),"caption":"a"}"#, "FIELD_NOT_ALLOWED audio.caption"),
    ContentRow(#""audio":{\#(id),"is_voice":true}"#),
    ContentRow(#""video":{\#(id),"is_voice":true}"#, "FIELD_NOT_ALLOWED video.is_voice"),
    ContentRow(#""sticker":{\#(id)}"#),
    ContentRow(#""sticker":{\#(id),"caption":"a"}"#, "FIELD_NOT_ALLOWED sticker.caption"),
    ContentRow(#""sticker":{\#(id),"is_animated":true}"#, "FIELD_NOT_ALLOWED sticker.is_animated"),
    ContentRow(#""image":{\#(id),"mime_type":"image/png"}"#, "FIELD_NOT_ALLOWED image.mime_type"),
    ContentRow(#""image":{\#(id),"sha256":"00"}"#, "FIELD_NOT_ALLOWED image.sha256"),
  ])
  func `media`(row: ContentRow) throws { try row.check() }

  @Test(arguments: [
    ("https://a.example", nil), ("HTTPS://a.example:8443/x?y=1#z", nil), ("https://ä.example/ü", nil),
    ("http://a.example", "LINK_INVALID image.link"), ("a.example", "LINK_INVALID image.link"),
    ("https://", "LINK_INVALID image.link"), ("https:///x", "LINK_INVALID image.link"),
    ("https://u:p@a.example", "LINK_INVALID image.link"), ("https://a.example/a b", "LINK_INVALID image.link"),
    ("https://:80/", "LINK_INVALID image.link"), ("", "LENGTH_OUT_OF_RANGE image.link"),
    ("https://a.example/" + letters(1_982), nil),
    ("https://a.example/" + letters(1_983), "LENGTH_OUT_OF_RANGE image.link"),
  ])
  func `links`(link: String, problem: String?) throws {
    try ContentRow(#""image":{"link":"\#(link)"}"#, problem).check()
  }

  @Test(arguments: [
    ContentRow(#""location":{"latitude":90,"longitude":-180}"#),
    ContentRow(#""location":{"latitude":-90,"longitude":180,"name":"Shop","address":"1 Market St\nSF"}"#),
    ContentRow(#""location":{"latitude":90.0001,"longitude":0}"#, "VALUE_OUT_OF_RANGE location.latitude"),
    ContentRow(#""location":{"latitude":-90.0001,"longitude":0}"#, "VALUE_OUT_OF_RANGE location.latitude"),
    ContentRow(#""location":{"latitude":0,"longitude":180.0001}"#, "VALUE_OUT_OF_RANGE location.longitude"),
    ContentRow(#""location":{"latitude":0,"longitude":-180.0001}"#, "VALUE_OUT_OF_RANGE location.longitude"),
    ContentRow(#""location":{"latitude":0,"longitude":0,"name":""}"#, "LENGTH_OUT_OF_RANGE location.name"),
    ContentRow(
      #""location":{"latitude":0,"longitude":0,"name":"\#(letters(1_001))"}"#, "LENGTH_OUT_OF_RANGE location.name"),
    ContentRow(#""location":{"latitude":0,"longitude":0,"url":"https://a.example"}"#, "FIELD_NOT_ALLOWED location.url"),
  ])
  func `places`(row: ContentRow) throws { try row.check() }

  static let message = #""message_id":"msg_01JD0000000000000000000000""#

  @Test(arguments: [
    ContentRow(#""reaction":{"emoji":"👍"}"#, "FIELD_REQUIRED reaction.message_id"),
    ContentRow(#""reaction":{\#(message)}"#),
    ContentRow(#""reaction":{\#(message),"emoji":""}"#),
    ContentRow(#""reaction":{\#(message),"emoji":"👍🏽"}"#),
    ContentRow(#""reaction":{\#(message),"emoji":"👩‍👩‍👧‍👦"}"#),
    ContentRow(#""reaction":{\#(message),"emoji":"🇩🇪"}"#),
    ContentRow(#""reaction":{\#(message),"emoji":"❤️"}"#),
    ContentRow(#""reaction":{\#(message),"emoji":"1️⃣"}"#),
    ContentRow(#""reaction":{\#(message),"emoji":"👍👍"}"#, "EMOJI_INVALID reaction.emoji"),
    ContentRow(#""reaction":{\#(message),"emoji":"1"}"#, "EMOJI_INVALID reaction.emoji"),
    ContentRow(#""reaction":{\#(message),"emoji":"a"}"#, "EMOJI_INVALID reaction.emoji"),
    ContentRow(#""reaction":{\#(message),"emoji":" "}"#, "EMOJI_INVALID reaction.emoji"),
    ContentRow(#""reaction":{\#(message),"meta_message_id":"wamid.1"}"#, "FIELD_NOT_ALLOWED reaction.meta_message_id"),
  ])
  func `reactions`(row: ContentRow) throws { try row.check() }

  static let name = #""name":{"formatted_name":"Ann Lee","first_name":"Ann"}"#

  @Test(arguments: [
    ContentRow(#""contacts":[]"#, "COUNT_OUT_OF_RANGE contacts"),
    ContentRow(#""contacts":[{\#(name)}]"#),
    ContentRow(#""contacts":\#(list(257) { _ in "{\(name)}" })"#),
    ContentRow(#""contacts":\#(list(258) { _ in "{\(name)}" })"#, "COUNT_OUT_OF_RANGE contacts"),
    ContentRow(#""contacts":[{"name":{"formatted_name":""}}]"#, "LENGTH_OUT_OF_RANGE contacts[0].name.formatted_name"),
    ContentRow(#""contacts":[{"name":{"formatted_name":"Ann"}}]"#, "FIELD_REQUIRED contacts[0].name.first_name"),
    ContentRow(#""contacts":[{"name":{"formatted_name":"Ann","suffix":"Dr"}}]"#),
    ContentRow(#""contacts":[{\#(name)},{\#(name),"birthday":"1990-13-01"}]"#, "DATE_INVALID contacts[1].birthday"),
    ContentRow(#""contacts":[{\#(name),"birthday":"1990-02-29"}]"#, "DATE_INVALID contacts[0].birthday"),
    ContentRow(#""contacts":[{\#(name),"birthday":"90-1-1"}]"#, "DATE_INVALID contacts[0].birthday"),
    ContentRow(#""contacts":[{\#(name),"birthday":"2000-02-29"}]"#),
    ContentRow(#""contacts":[{\#(name),"phones":[{"phone":"+1 650","wa_id":"16505550100","type":"WORK"}]}]"#),
    ContentRow(#""contacts":[{\#(name),"phones":[{"type":"WORK"}]}]"#, "FIELD_REQUIRED contacts[0].phones[0].phone"),
    ContentRow(
      #""contacts":[{\#(name),"phones":[{"phone":"1","wa_id":"+16505550100"}]}]"#,
      "VALUE_NOT_ALLOWED contacts[0].phones[0].wa_id"),
    ContentRow(
      #""contacts":[{\#(name),"phones":\#(list(51) { _ in #"{"phone":"1"}"# })}]"#,
      "COUNT_OUT_OF_RANGE contacts[0].phones"),
    ContentRow(#""contacts":[{\#(name),"emails":[{"type":"WORK"}]}]"#, "FIELD_REQUIRED contacts[0].emails[0].email"),
    ContentRow(#""contacts":[{\#(name),"urls":[{}]}]"#, "FIELD_REQUIRED contacts[0].urls[0].url"),
    ContentRow(
      #""contacts":[{\#(name),"addresses":[{"city":"a\nb"}]}]"#, "TEXT_INVALID contacts[0].addresses[0].city"),
    ContentRow(
      #""contacts":[{\#(name),"org":{"company":"\#(letters(1_001))"}}]"#, "LENGTH_OUT_OF_RANGE contacts[0].org.company"),
  ])
  func `cards`(row: ContentRow) throws { try row.check() }

  @Test func `files are of a type and a size that Meta takes`() throws {
    func verdict(_ kind: MediumKind, _ type: String?, _ bytes: Int64?, animated: Bool? = nil, voice: Bool = false)
      -> String?
    {
      do throws(ContentProblem) {
        try MediaFacts(mimeType: type, bytes: bytes, isAnimated: animated).check(as: kind, isVoice: voice, "m")
        return nil
      } catch {
        return "\(error.code.rawValue) \(error.field)"
      }
    }
    let (size, type) = ("MEDIA_TOO_LARGE m.media_id", "MEDIA_TYPE_NOT_ALLOWED m.media_id")
    let bounds: [(MediumKind, String, Int64, Bool?)] = [
      (.image, "image/jpeg", 5 << 20, nil), (.image, "IMAGE/PNG", 5 << 20, nil), (.video, "video/mp4", 16 << 20, nil),
      (.audio, "audio/ogg; codecs=opus", 16 << 20, nil), (.document, "application/x-any", 100 << 20, nil),
      (.sticker, "image/webp", 100 << 10, false), (.sticker, "image/webp", 500 << 10, true),
      (.sticker, "image/webp", 500 << 10, nil),
    ]
    for (kind, mime, most, isAnimated) in bounds {
      #expect(verdict(kind, mime, most, animated: isAnimated) == nil)
      #expect(verdict(kind, mime, most + 1, animated: isAnimated) == size)
    }
    #expect(verdict(.image, "image/gif", 1) == type && verdict(.sticker, "image/png", 1) == type)
    #expect(verdict(.video, "video/webm", 1) == type && verdict(.audio, "audio/wav", 1) == type)
    #expect(
      verdict(.audio, "audio/mpeg", 1, voice: true) == type && verdict(.audio, "audio/ogg", 1, voice: true) == nil)
    #expect(verdict(.image, nil, nil) == nil)
  }
}
