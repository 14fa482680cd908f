import Contracts

/// Reads recipients out of a CSV file, piece by piece: the first line names the columns, each other one is a recipient.
struct RecipientFile: Sendable {
  /// The whole file is refused.
  struct Refusal: Error, Sendable, Equatable {
    /// Stable `UPPER_SNAKE`.
    var code: String
    var detail: String
  }

  /// What was read.
  struct Part: Sendable {
    var recipients: [NewRecipient] = []
    /// The first of those that were refused.
    var errors: [BroadcastLineError] = []
    var refused = 0
  }

  private enum Column: Sendable, Equatable {
    case to
    case name
    case variable(String)
  }

  private let check: RecipientCheck
  private var parser = CSVParser()
  private var columns: [Column]?

  init(_ content: BroadcastContent) { check = RecipientCheck(content) }

  /// Reads on. Throws `Refusal` when the first line says that no line can be good.
  mutating func read(_ bytes: [UInt8]) throws -> Part {
    var records: [CSVParser.Record] = []
    parser.feed(bytes) { records.append($0) }
    return try part(of: records)
  }

  /// The end of the file. Throws `Refusal` when there was not even a first line.
  mutating func finish() throws -> Part {
    var records: [CSVParser.Record] = []
    parser.finish { records.append($0) }
    let part = try part(of: records)
    guard columns != nil else {
      throw Refusal(code: "CSV_EMPTY", detail: "The file is empty: its first line names the columns, first of them to.")
    }
    return part
  }

  private mutating func part(of records: [CSVParser.Record]) throws -> Part {
    var part = Part()
    for record in records {
      guard let columns else {
        columns = try header(record)
        continue
      }
      do throws(RecipientCheck.Refusal) {
        part.recipients.append(try recipient(record, columns))
      } catch {
        part.refused += 1
        if part.errors.count < BroadcastRecipients.keptErrors { part.errors.append(error.error(line: record.line)) }
      }
    }
    return part
  }

  // MARK: Lines

  private func recipient(
    _ record: CSVParser.Record, _ columns: [Column]
  ) throws(RecipientCheck.Refusal) -> NewRecipient {
    let values: [String]
    switch record.values {
    case .success(let found): values = found
    case .failure(let problem): throw Self.refusal(problem)
    }
    guard values.count == columns.count else {
      throw .init(
        "COLUMNS_WRONG", "the first line names \(columns.count) columns, this one has \(values.count) values")
    }
    var to = ""
    var name: String?
    var variables: [String: String] = [:]
    for (column, value) in zip(columns, values) {
      switch column {
      case .to: to = value
      case .name: name = value
      case .variable(let variable): variables[variable] = value
      }
    }
    return try check.recipient(line: record.line, to: to, name: name, variables: variables)
  }

  private static func refusal(_ problem: CSVParser.Problem) -> RecipientCheck.Refusal {
    switch problem {
    case .quoteMisplaced:
      .init("QUOTE_MISPLACED", "a value with a quote in it stands in quotes, with the inner ones doubled")
    case .textAfterQuote: .init("QUOTE_MISPLACED", "after a closing quote comes a separator or the end of the line")
    case .quoteOpen: .init("QUOTE_OPEN", "a quote that begins a value is never closed")
    case .tooLong: .init("LINE_TOO_LONG", "a record has \(CSVParser.longestRecord) bytes at most")
    case .tooManyValues: .init("COLUMNS_WRONG", "a record has \(CSVParser.mostValues) values at most")
    case .notUTF8: .init("ENCODING_INVALID", "the line is not UTF-8: save the file as CSV UTF-8")
    }
  }

  // MARK: The first line

  private func header(_ record: CSVParser.Record) throws -> [Column] {
    guard case .success(let names) = record.values else {
      throw Refusal(
        code: "CSV_HEADER_INVALID",
        detail: "The first line cannot be read as the names of columns: is the file CSV in UTF-8?")
    }
    let trimmed = names.map(Self.trimmed)
    guard trimmed.first?.lowercased() == "to" else {
      throw Refusal(code: "CSV_HEADER_INVALID", detail: "The first column is named to, and has the phone numbers.")
    }
    var columns: [Column] = [.to]
    for name in trimmed.dropFirst() {
      // A variable that is called name is meant where the template has one.
      let column: Column =
        check.names.contains(name) ? .variable(name) : name.lowercased() == "name" ? .name : .variable(name)
      if case .variable(let name) = column, !check.names.contains(name) {
        throw Refusal(
          code: "CSV_COLUMN_UNKNOWN",
          detail: "The template has no variable \(name.prefix(80)): its columns are "
            + (["to", "name"] + check.names).joined(separator: ", ") + ".")
      }
      guard !columns.contains(column) else {
        throw Refusal(code: "CSV_COLUMN_REPEATED", detail: "The column \(name.prefix(80)) is there twice.")
      }
      columns.append(column)
    }
    for name in check.required where !columns.contains(.variable(name)) {
      throw Refusal(
        code: "CSV_COLUMN_MISSING",
        detail: "There is no column \(name), and the broadcast has no value of its own for it.")
    }
    return columns
  }

  private static func trimmed(_ text: String) -> String {
    var text = text[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
