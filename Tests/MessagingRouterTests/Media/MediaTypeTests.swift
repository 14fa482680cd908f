import Contracts
import Testing

@testable import MessagingRouter

@Suite struct MediaTypeTests {
  struct Sample: Sendable {
    var type: String
    var head: [UInt8]
    init(_ type: String, _ text: String = "", bytes: [UInt8] = []) {
      self.type = type
      head = bytes + Array(text.utf8)
    }
  }

  static let samples: [Sample] = [
    Sample("image/jpeg", bytes: [0xFF, 0xD8, 0xFF, 0xE1]), Sample("image/png", bytes: Array(SampleMedia.png.prefix(8))),
    Sample("image/webp", "RIFF1234WEBPVP8L"), Sample("audio/aac", bytes: [0xFF, 0xF1, 0x50]),
    Sample("audio/amr", "#!AMR\n"), Sample("audio/mpeg", "ID3"), Sample("audio/mpeg", bytes: [0xFF, 0xFB]),
    Sample("audio/mp4", "....ftypM4A "), Sample("video/mp4", "....ftypisom"), Sample("video/3gpp", "....ftyp3gp4"),
    Sample("audio/ogg", "OggS" + String(repeating: ".", count: 24) + "OpusHead"),
    Sample("application/pdf", "\n%PDF-1.4"),
    Sample("text/plain", "hello\r\n\tyou"),
    Sample("application/msword", bytes: [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
    Sample("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes: [0x50, 0x4B, 0x03, 0x04]),
  ]

  @Test(arguments: samples) func `a file is known by its beginning`(sample: Sample) throws {
    let type = try #require(MediaType.find(sample.type))
    #expect(type.matches(sample.head))
    // However little of it is there, nothing is read behind the end.
    for count in 0..<sample.head.count { _ = type.matches(Array(sample.head.prefix(count))) }
    #expect(!type.matches([0, 1, 2, 3]))
  }

  @Test func `a media type is read without regard to case and parameters`() {
    #expect(MediaType.find("Audio/OGG; codecs=opus")?.kind == .audio)
    #expect(MediaType.find("image/gif") == nil)
    #expect(MediaType.find("") == nil)
    #expect(MediaType.find("image/jpeg")?.limit == 5 << 20)
    #expect(MediaType.find("application/pdf")?.limit == 100 << 20)
  }

  @Test func `Ogg with another codec is not taken: Meta wants Opus`() {
    let vorbis = Array(("OggS" + String(repeating: ".", count: 24) + "\u{1}vorbis").utf8)
    #expect(MediaType.find("audio/ogg")?.matches(vorbis) == false)
  }

  @Test func `an animated sticker may be larger than a still one`() throws {
    let type = try #require(MediaType.find("image/webp"))
    let extended = Array("RIFF1234WEBPVP8X....".utf8)
    #expect(type.limit(for: extended + [0x02]) == 500 << 10)
    #expect(type.limit(for: extended + [0x10]) == 100 << 10)
    #expect(type.limit(for: Array("RIFF1234WEBPVP8 ".utf8)) == 100 << 10)
  }

  @Test func `hosts are Meta's to the letter, over TLS, or named by the operator`() {
    let hosts = MediaHosts(["http://sandbox:9000", "https://graph.facebook.com", "no url"])
    for good in [
      "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", "https://scontent.xx.fbcdn.net/v/1",
      "http://sandbox:9000/media/1", "https://mmg.whatsapp.net/1",
    ] { #expect(hosts.allows(good), "\(good)") }
    for bad in [
      "http://lookaside.fbsbx.com/1", "https://evilfbsbx.com/1", "https://lookaside.fbsbx.com.evil.com/1",
      "https://lookaside.fbsbx.com:8443/1", "https://lookaside.fbsbx.com@evil.com/1", "https://sandbox:9000/1",
      "http://sandbox:9001/1", "http://sandbox/1", "file:///etc/passwd", "", "https://evil.com/fbsbx.com",
    ] { #expect(!hosts.allows(bad), "\(bad)") }
  }
}
