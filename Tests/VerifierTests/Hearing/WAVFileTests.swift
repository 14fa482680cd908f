import Foundation
import Testing

@testable import Verifier

@Suite struct WAVFileTests {
  @Test func `a carrier's recording is read`() throws {
    let file = try WAVFile(TestWAV.tone(seconds: 2))
    #expect(file.encoding == .pcm16 && file.channels == 1 && file.sampleRate == 8_000 && file.seconds == 2)
    #expect(abs(file.peak - 0.5) < 0.01 && abs(file.loudness - 0.5 / 2.0.squareRoot()) < 0.01)
    #expect(abs(file.loudestMoment - file.loudness) < 0.01)
    #expect(!file.isSilent)
  }

  @Test(arguments: [(6, WAVFile.Encoding.aLaw), (7, .muLaw)]) func `G 711 is read`(tag: Int, encoding: WAVFile.Encoding)
    throws
  {
    let table = tag == 6 ? G711.aLaw : G711.muLaw
    // A square wave of the loudest codes.
    let loud = (0...255).max { table[$0] < table[$1] } ?? 0
    let quiet = (0...255).min { table[$0] < table[$1] } ?? 0
    let file = try WAVFile(
      TestWAV.make(TestWAV.format(tag: tag, bits: 8), samples: (0..<8_000).map { UInt8($0 % 2 == 0 ? loud : quiet) }))
    #expect(file.encoding == encoding && file.seconds == 1)
    #expect(file.peak > 0.97 && abs(file.loudness - file.peak) < 0.01)
  }

  @Test func `the tables are those of the standard`() {
    // ITU-T G.711: the ends and the middle of both scales.
    #expect(G711.muLaw[0x00] == -32_124 && G711.muLaw[0x80] == 32_124 && G711.muLaw[0xFF] == 0 && G711.muLaw[0x7F] == 0)
    #expect(G711.muLaw[0xF0] == 120 && G711.muLaw[0xEF] == 132)
    #expect(G711.aLaw[0xAA] == 32_256 && G711.aLaw[0x2A] == -32_256 && G711.aLaw[0xD5] == 8 && G711.aLaw[0x55] == -8)
    #expect(G711.aLaw.count == 256 && G711.muLaw.count == 256)
  }

  @Test func `stereo, other rates and the extensible format are read`() throws {
    let stereo = try WAVFile(TestWAV.make(TestWAV.format(channels: 2, rate: 16_000), samples: TestWAV.samples(32_000)))
    #expect(stereo.channels == 2 && stereo.seconds == 1)
    var extensible = TestWAV.format(tag: 0xFFFE)
    extensible += [22, 0, 16, 0, 4, 0, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 14)
    #expect(try WAVFile(TestWAV.make(extensible, samples: TestWAV.samples(8_000))).encoding == .pcm16)
  }

  @Test(arguments: [UInt32(0), 0xFFFF_FFFF, 0x7FFF_F000, 1_000_000]) func `sizes that were not known are not believed`(
    size: UInt32
  ) throws {
    let file = try WAVFile(
      TestWAV.make(TestWAV.format(), samples: TestWAV.samples(8_000), dataSize: size, riffSize: size))
    #expect(file.seconds == 1)
  }

  @Test func `chunks may come in any order, padded or not`() throws {
    let samples = TestWAV.chunk("data", TestWAV.samples(8_000))
    let format = TestWAV.chunk("fmt ", TestWAV.format())
    let list = TestWAV.chunk("LIST", [1, 2, 3])
    for chunks in [
      samples + format, list + [0] + format + samples, list + format + samples, format + list + [0] + samples + list,
    ] {
      #expect(try WAVFile(TestWAV.riff(chunks)).seconds == 1)
    }
  }

  @Test func `half a sample at the end is left out`() throws {
    #expect(try WAVFile(TestWAV.make(TestWAV.format(), samples: TestWAV.samples(8_000) + [1])).seconds == 1)
  }

  @Test(
    arguments: [
      ([], .notWAV), (Array("RIFF".utf8), .notWAV), (Array("<html>not found</html>".utf8), .notWAV),
      (Array("ID3.............".utf8), .notWAV), (TestWAV.riff([]), .noSamples),
      (TestWAV.riff(TestWAV.chunk("fmt ", TestWAV.format())), .noSamples),
      (TestWAV.riff(TestWAV.chunk("data", [1, 2])), .noFormat),
      (TestWAV.make(TestWAV.format(), samples: [1]), .noSamples),
      (TestWAV.make([1, 0, 1], samples: [0, 0]), .badFormat),
      (TestWAV.make(Array(TestWAV.format(tag: 0xFFFE)), samples: [0, 0]), .badFormat),
      (TestWAV.make(TestWAV.format(bits: 0), samples: [0, 0]), .badFormat),
      (TestWAV.make(TestWAV.format(align: 4), samples: [0, 0]), .badFormat),
      (TestWAV.make(TestWAV.format(tag: 85), samples: [0, 0]), .encoding(85)),
      (TestWAV.make(TestWAV.format(bits: 8), samples: [0, 0]), .encoding(1)),
      (TestWAV.make(TestWAV.format(tag: 3, bits: 32), samples: [0, 0, 0, 0]), .encoding(3)),
      (TestWAV.make(TestWAV.format(channels: 0), samples: [0, 0]), .channels(0)),
      (TestWAV.make(TestWAV.format(channels: 3), samples: [0, 0]), .channels(3)),
      (TestWAV.make(TestWAV.format(rate: 7_999), samples: [0, 0]), .sampleRate(7_999)),
      (TestWAV.make(TestWAV.format(rate: 96_000), samples: [0, 0]), .sampleRate(96_000)),
      (TestWAV.riff((0..<300).flatMap { _ in TestWAV.chunk("junk", []) }), .tooManyChunks),
      (TestWAV.make(TestWAV.format(), samples: [UInt8](repeating: 0, count: 16_000 * 101)), .tooLong(101)),
    ] as [([UInt8], WAVRefusal)])
  func `what no engine should get is refused by name`(bytes: [UInt8], refusal: WAVRefusal) {
    #expect(throws: refusal) { try WAVFile(bytes) }
    #expect(!refusal.description.isEmpty)
  }

  @Test func `silence and a line's hum are told from a voice`() throws {
    func file(_ amplitude: Double, seconds: Double = 3) throws -> WAVFile {
      try WAVFile(TestWAV.tone(seconds: seconds, amplitude: amplitude))
    }
    #expect(try file(0).isSilent && file(0).peak == 0 && file(0).loudness == 0)
    #expect(try file(0.0005).isSilent)
    #expect(try !file(0.01).isSilent)
    // One word within a minute of silence.
    let pause = [UInt8](repeating: 0, count: 16_000 * 60)
    let mixed = try WAVFile(
      TestWAV.make(TestWAV.format(), samples: pause + TestWAV.samples(4_000, amplitude: 0.05) + pause.prefix(16_000)))
    #expect(!mixed.isSilent && mixed.loudness < 0.01)
    // A click is nobody.
    var click = [UInt8](repeating: 0, count: 16_000)
    click[8_001] = 2
    #expect(try WAVFile(TestWAV.make(TestWAV.format(), samples: click)).isSilent)
  }

  @Test func `every prefix of a recording is read or refused`() {
    let whole = TestWAV.riff(
      TestWAV.chunk("LIST", [1, 2, 3]) + [0] + TestWAV.chunk("fmt ", TestWAV.format())
        + TestWAV.chunk("data", TestWAV.samples(20)))
    for count in 0..<whole.count {
      do throws(WAVRefusal) {
        let file = try WAVFile(Array(whole.prefix(count)))
        #expect(file.seconds > 0)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }
}
