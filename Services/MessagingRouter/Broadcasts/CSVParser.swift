/// Reads comma-separated values as they come (RFC 4180), in pieces of any size. A record that is broken costs itself
/// only: the next line is read as if nothing had been.
///
/// The separator is the first comma, semicolon or tab of the first line: spreadsheets write all three.
struct CSVParser: Sendable {
  /// What is wrong with a record.
  enum Problem: Error, Sendable, Equatable {
    /// A quote inside of a value that does not begin with one.
    case quoteMisplaced
    /// Something between a closing quote and the separator.
    case textAfterQuote
    /// The file ends inside of quotes.
    case quoteOpen
    case tooLong
    case tooManyValues
    case notUTF8
  }

  struct Record: Sendable, Equatable {
    /// Where it begins, counted from 1.
    var line: Int
    var values: Result<[String], Problem>
  }

  /// Bytes of one record.
  static let longestRecord = 64 << 10
  static let mostValues = 100

  private enum Place {
    case start
    case plain
    case quoted
    /// After a quote inside of quotes: the end of the value, or half of a doubled one.
    case quote
    /// The record is broken: nothing of it is read.
    case skipping
  }

  private var place = Place.start
  private var separator: UInt8?
  private var values: [String] = []
  private var value: [UInt8] = []
  private var bytes = 0
  private var problem: Problem?
  private var line = 1
  private var startLine = 1
  private var isAfterCR = false
  /// Bytes of a byte order mark that were seen at the very beginning.
  private var mark = 0

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Reads on; complete records go to `emit`.
  mutating func feed(_ input: [UInt8], _ emit: (Record) throws -> Void) rethrows {
    for byte in input {
      if mark < 3, mark >= 0 {
        if byte == Self.byteOrderMark[mark] {
          mark += 1
          continue
        }
        // Not one after all.
        let seen = Self.byteOrderMark.prefix(mark)
        mark = -1
        for byte in seen { try read(byte, emit) }
      }
      try read(byte, emit)
    }
  }

  /// The end of the file: a last line needs no line end.
  mutating func finish(_ emit: (Record) throws -> Void) rethrows {
    if mark > 0, mark < 3 {
      let seen = Self.byteOrderMark.prefix(mark)
      mark = -1
      for byte in seen { try read(byte, emit) }
    }
    if place == .quoted { problem = problem ?? .quoteOpen }
    if place == .start, values.isEmpty, problem == nil { return }
    try endRecord(emit)
  }

  private mutating func read(_ byte: UInt8, _ emit: (Record) throws -> Void) rethrows {
    let isSecondHalf = isAfterCR && byte == 0x0A
    isAfterCR = byte == 0x0D
    if byte == 0x0A && !isSecondHalf || byte == 0x0D { line += 1 }
    bytes += 1
    if bytes > Self.longestRecord, place != .skipping { fail(.tooLong) }
    switch place {
    case .quoted:
      if byte == 0x22 { place = .quote } else { value.append(byte) }
    case .start, .plain, .quote, .skipping:
      if byte == 0x0A || byte == 0x0D {
        // The line feed of a pair ends nothing.
        if isSecondHalf {
          bytes -= 1
          return
        }
        return try endRecord(emit)
      }
      outside(byte)
    }
  }

  private mutating func outside(_ byte: UInt8) {
    switch place {
    case .skipping, .quoted: return
    case .quote where byte == 0x22:
      value.append(byte)
      place = .quoted
    case _ where isSeparator(byte):
      endValue()
    case .quote:
      fail(.textAfterQuote)
    case .start where byte == 0x22:
      place = .quoted
    case .plain where byte == 0x22:
      fail(.quoteMisplaced)
    case .start, .plain:
      place = .plain
      value.append(byte)
    }
  }

  private mutating func isSeparator(_ byte: UInt8) -> Bool {
    if let separator { return byte == separator }
    guard byte == 0x2C || byte == 0x3B || byte == 0x09 else { return false }
    separator = byte
    return true
  }

  private mutating func fail(_ problem: Problem) {
    self.problem = problem
    place = .skipping
    values = []
    value = []
  }

  private mutating func endValue() {
    place = .start
    guard values.count < Self.mostValues else { return fail(.tooManyValues) }
    guard let text = String(validating: value, as: UTF8.self) else { return fail(.notUTF8) }
    values.append(text)
    value.removeAll(keepingCapacity: true)
  }

  private mutating func endRecord(_ emit: (Record) throws -> Void) rethrows {
    // An empty line is none.
    let isEmpty = place == .start && values.isEmpty
    if place != .skipping, !isEmpty { endValue() }
    // A file with one column has no separator: its first line has ended without one.
    separator = separator ?? 0x2C
    let record = Record(line: startLine, values: problem.map { .failure($0) } ?? .success(values))
    let hasProblem = problem != nil
    place = .start
    values.removeAll(keepingCapacity: true)
    value.removeAll(keepingCapacity: true)
    problem = nil
    bytes = 0
    startLine = line
    if !isEmpty || hasProblem { try emit(record) }
  }
}
