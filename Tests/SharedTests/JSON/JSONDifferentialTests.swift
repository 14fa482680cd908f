import Foundation
import JSON
import Testing

/// Our reader and writer against Foundation's, on values made from a seed.
@Suite struct JSONDifferentialTests {
  private func randomString(_ numbers: inout SeededNumbers) -> String {
    let alphabet: [Character] = Array("abcXYZ019 _-/\"\\\n\t\r\u{1}\u{7F}éß€中😀\u{2028}\u{FFFF}")
    let length = Int.random(in: 0...20, using: &numbers)
    return String((0..<length).map { _ in alphabet.randomElement(using: &numbers) ?? "a" })
  }

  private func randomValue(_ numbers: inout SeededNumbers, depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 4 ? 5 : 7), using: &numbers) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &numbers))
    case 2: return .integer(Int64(truncatingIfNeeded: numbers.next()) >> Int64.random(in: 0...63, using: &numbers))
    case 3: return .number(Double(Int.random(in: -999...999, using: &numbers)) / 8 + 0.0625)
    case 4:
      let value = Double(bitPattern: numbers.next())
      // Whole numbers are left to the integers: Foundation writes them without a fraction.
      return value.isFinite && value != value.rounded() ? .number(value) : .number(0.5)
    case 5: return .string(randomString(&numbers))
    case 6:
      return .array((0..<Int.random(in: 0...6, using: &numbers)).map { _ in randomValue(&numbers, depth: depth + 1) })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0...20, using: &numbers) {
        object[randomString(&numbers)] = randomValue(&numbers, depth: depth + 1)
      }
      return .object(object)
    }
  }

  @Test func `reads what Foundation writes and writes what Foundation reads`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<300 {
      let value = randomValue(&numbers, depth: 0)
      let theirs = Array(try JSONEncoder().encode(value))
      #expect(try JSONValue(parsing: theirs) == value, "seed \(seed)")
      let ours = try JSONCoder.encode(value)
      #expect(try JSONDecoder().decode(JSONValue.self, from: Data(ours)) == value, "seed \(seed)")
      #expect(try JSONValue(parsing: ours) == value, "seed \(seed)")
    }
  }

  private struct Everything: Codable, Equatable {
    var text: String
    var maybe: String?
    var whole: Int
    var small: Int8
    var wide: UInt64
    var ratio: Double
    var flag: Bool
    var list: [Inner]
    var map: [String: Inner]
    var choice: Choice
    struct Inner: Codable, Equatable { var name: String, value: Int? }
    enum Choice: Codable, Equatable { case none, text(String), pair(left: Int, right: Double) }
  }

  @Test func `decodes structs as Foundation does`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var numbers = SeededNumbers(seed: seed)
    func inner() -> Everything.Inner {
      .init(
        name: randomString(&numbers), value: Bool.random(using: &numbers) ? Int.random(in: 0...9, using: &numbers) : nil
      )
    }
    for _ in 0..<200 {
      let map = (0..<3).map { _ in (randomString(&numbers), inner()) }
      let value = Everything(
        text: randomString(&numbers), maybe: Bool.random(using: &numbers) ? randomString(&numbers) : nil,
        whole: Int(truncatingIfNeeded: numbers.next()), small: Int8(truncatingIfNeeded: numbers.next()),
        wide: numbers.next(), ratio: Double.random(in: -1e9...1e9, using: &numbers), flag: Bool.random(using: &numbers),
        list: (0..<Int.random(in: 0...4, using: &numbers)).map { _ in inner() },
        map: Dictionary(map) { $1 },
        choice: [.none, .text(randomString(&numbers)), .pair(left: 1, right: 2.5)].randomElement(using: &numbers)
          ?? .none)
      let theirs = Array(try JSONEncoder().encode(value))
      #expect(try JSONCoder.decode(Everything.self, from: theirs) == value, "seed \(seed)")
      let ours = try JSONCoder.encode(value)
      #expect(try JSONCoder.decode(Everything.self, from: ours) == value, "seed \(seed)")
      #expect(try JSONDecoder().decode(Everything.self, from: Data(ours)) == value, "seed \(seed)")
    }
  }

  @Test func `reads numbers as strtod does`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var numbers = SeededNumbers(seed: seed)
    for _ in 0..<5_000 {
      let digits = (0..<Int.random(in: 1...22, using: &numbers)).map { _ in
        String(Int.random(in: 0...9, using: &numbers))
      }.joined()
      let exponent = Int.random(in: -330...300, using: &numbers)
      let text =
        "\(Int.random(in: 1...9, using: &numbers)).\(digits)e\(Bool.random(using: &numbers) ? exponent : exponent % 25)"
      #expect(
        try JSONDocument(parsing: text).root.double?.bitPattern == strtod(text, nil).bitPattern, "seed \(seed) \(text)")
    }
  }

  @Test func `never accepts a changed document that Foundation refuses`() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var numbers = SeededNumbers(seed: seed)
    var accepted = 0
    for _ in 0..<3_000 {
      var bytes = Array(JSONReaderTests.sample.utf8)
      for _ in 0..<Int.random(in: 1...3, using: &numbers) {
        let place = Int.random(in: bytes.indices, using: &numbers)
        switch Int.random(in: 0...2, using: &numbers) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
        case 1: bytes.remove(at: place)
        default: bytes.insert(Array("{\"}[],:0.e\\u".utf8).randomElement(using: &numbers) ?? 0, at: place)
        }
      }
      guard (try? JSONDocument(parsing: bytes)) != nil else { continue }
      accepted += 1
      let foundation = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
      #expect(foundation != nil, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
    }
    #expect(accepted > 100)
  }
}
