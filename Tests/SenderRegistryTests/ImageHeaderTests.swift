import TestSupport
import Testing

@testable import SenderRegistry

@Suite struct ImageHeaderTests {
  @Test func `a PNG tells its size and whether it may be transparent`() throws {
    #expect(
      try ImageHeader(parsing: TestImage.png(640, 640)) == ImageHeader(.png, width: 640, height: 640, hasAlpha: false))
    #expect(try ImageHeader(parsing: TestImage.png(7, 9, colour: 6)).hasAlpha)
    #expect(try ImageHeader(parsing: TestImage.png(7, 9, colour: 3, hasTransparency: true)).hasAlpha)
  }

  @Test(arguments: [UInt8(0xC0), 0xC1, 0xC2])
  func `a JPEG tells its size, baseline or progressive`(frame: UInt8) throws {
    let header = try ImageHeader(parsing: TestImage.jpeg(800, 600, frame: frame))
    #expect(header == ImageHeader(.jpeg, width: 800, height: 600, hasAlpha: false))
  }

  @Test func `every cut of a picture is refused, and none of them crashes`() {
    for image in [
      TestImage.png(200, 200), TestImage.png(200, 200, colour: 3, hasTransparency: true), TestImage.jpeg(200, 200),
    ] {
      for count in 0..<image.count {
        #expect(throws: ImageRefusal.self, "\(count) of \(image.count)") {
          try ImageHeader(parsing: Array(image.prefix(count)))
        }
      }
    }
  }

  @Test func `every single byte may be wrong without a crash`() {
    for image in [TestImage.png(200, 200), TestImage.jpeg(200, 200)] {
      for index in image.indices {
        for value in [UInt8(0), 0xFF, 0x7F] {
          var damaged = image
          damaged[index] = value
          _ = try? ImageHeader(parsing: damaged)
        }
      }
    }
  }

  @Test(
    arguments: [
      ([0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0, 0, 0, 0], "a GIF"),
      (Array("RIFF\u{1}\u{1}\u{1}\u{1}WEBPVP8 ".utf8), "a WebP picture"),
      (Array("<svg xmlns=\"\"/>".utf8), "an SVG picture"),
      (Array("%PDF-1.7 ....".utf8), "a PDF"), (Array("hello there friend".utf8), nil),
    ] as [([UInt8], String?)])
  func `other formats are told by their bytes`(bytes: [UInt8], guess: String?) {
    #expect(throws: ImageRefusal.notAPicture(guess)) { try ImageHeader(parsing: bytes) }
  }

  @Test func `lengths that reach beyond everything are refused`() {
    var png = TestImage.png(200, 200)
    png.replaceSubrange(33..<37, with: [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(throws: ImageRefusal.truncated) { try ImageHeader(parsing: png) }
    #expect(throws: ImageRefusal.self) { try ImageHeader(parsing: [0xFF, 0xD8, 0xFF, 0xE0, 0, 0, 0xFF, 0xD9]) }
    #expect(throws: ImageRefusal.self) { try ImageHeader(parsing: [0xFF, 0xD8, 0xFF, 0xD9]) }
  }

  @Test func `a logo is square, neither too small nor too large`() throws {
    #expect(try LogoRules.check(TestImage.png(192, 192)).width == 192)
    #expect(try LogoRules.check(TestImage.jpeg(8_192, 8_192)).width == 8_192)
    func code(_ image: [UInt8]) -> String? {
      do throws(LogoRules.Refusal) { _ = try LogoRules.check(image) } catch { return error.code }
      return nil
    }
    #expect(code(TestImage.png(191, 191)) == "LOGO_TOO_SMALL")
    #expect(code(TestImage.png(300, 200)) == "LOGO_NOT_SQUARE")
    #expect(code(TestImage.png(8_193, 8_193)) == "LOGO_TOO_LARGE")
    #expect(code(TestImage.png(60_000, 60_000)) == "LOGO_TOO_LARGE")
    #expect(code([]) == "LOGO_EMPTY")
    #expect(code(Array("GIF89a....".utf8)) == "LOGO_FORMAT_UNKNOWN")
    #expect(code(Array(TestImage.png(200, 200).dropLast(3))) == "LOGO_TRUNCATED")
    #expect(code(TestImage.png(0, 0)) == "LOGO_DAMAGED")
  }
}
