import TestSupport
import Testing

@testable import MessagingRouter

@Suite struct CSVParserTests {
  /// What each file is read as: values between bars, problems in brackets, with the line where the record begins.
  static let cases: [(file: String, records: [String])] = [
    ("to,name\n+1,Ann\n", ["1 to|name", "2 +1|Ann"]),
    ("to,name\r\n+1,Ann\r\n", ["1 to|name", "2 +1|Ann"]),
    ("to,name\r+1,Ann", ["1 to|name", "2 +1|Ann"]),
    ("\u{FEFF}to,name\n+1,Ann", ["1 to|name", "2 +1|Ann"]),
    ("\u{FEFF}\"to\",name\n", ["1 to|name"]),
    ("to;name\n+1;Ann, the first\n", ["1 to|name", "2 +1|Ann, the first"]),
    ("to\tname\n+1\tAnn;Bob\n", ["1 to|name", "2 +1|Ann;Bob"]),
    ("to\n+1\n+2,3\n", ["1 to", "2 +1", "3 +2|3"]),
    ("to,a\n+1,\"x,\"\"y\"\"\nz\"\n+2,b\n", ["1 to|a", "2 +1|x,\"y\"\nz", "4 +2|b"]),
    ("to,a\n+1,\"x\r\ny\"\r\n+2,b", ["1 to|a", "2 +1|x\r\ny", "4 +2|b"]),
    ("to,a\n\n\r\n+1,\n", ["1 to|a", "4 +1|"]),
    ("to,a\n+1,\"\"\n", ["1 to|a", "2 +1|"]),
    ("to\n\"\"\n", ["1 to", "2 "]),
    ("to,a\n+1,x\"y\n+2,b", ["1 to|a", "2 [quoteMisplaced]", "3 +2|b"]),
    ("to,a\n+1,\"x\"y\n+2,b", ["1 to|a", "2 [textAfterQuote]", "3 +2|b"]),
    ("to,a\n+1,\"x\n+2,b", ["1 to|a", "2 [quoteOpen]"]),
    ("", []), ("\n\r\n", []), ("\u{FEFF}", []), ("to,", ["1 to|"]),
  ]

  private static func read(_ bytes: [UInt8], size: Int) -> [String] {
    var parser = CSVParser()
    var records: [String] = []
    let note = { (record: CSVParser.Record) in
      switch record.values {
      case .success(let values): records.append("\(record.line) " + values.joined(separator: "|"))
      case .failure(let problem): records.append("\(record.line) [\(problem)]")
      }
    }
    var rest = bytes[...]
    while !rest.isEmpty {
      parser.feed(Array(rest.prefix(size)), note)
      rest = rest.dropFirst(size)
    }
    parser.finish(note)
    return records
  }

  @Test(arguments: cases) func `a file is the same records whatever pieces it comes in`(
    _ file: String, _ records: [String]
  ) {
    for size in [1, 2, 3, 5, 1_000] { #expect(Self.read(Array(file.utf8), size: size) == records, "\(size)") }
  }

  @Test func `bytes that are not UTF-8 cost their line only`() {
    let file = Array("to,a\n+1,".utf8) + [0xFF, 0xFE] + Array("\n+2,b\n".utf8)
    #expect(Self.read(file, size: 1) == ["1 to|a", "2 [notUTF8]", "3 +2|b"])
  }

  @Test func `a record that is too long, or has too many values, costs itself only`() {
    let long = String(repeating: "x", count: CSVParser.longestRecord)
    #expect(Self.read(Array("to,a\n+1,\(long)\n+2,b\n".utf8), size: 777) == ["1 to|a", "2 [tooLong]", "3 +2|b"])
    let many = String(repeating: ",", count: CSVParser.mostValues)
    #expect(Self.read(Array("to,a\n\(many)\n+2,b\n".utf8), size: 50) == ["1 to|a", "2 [tooManyValues]", "3 +2|b"])
  }
}
