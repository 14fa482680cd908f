import Store

/// A column whose values are sealed: what a service declares, so that its values can be counted by key and sealed
/// anew. Every sealed value of a database lies in a declared column.
package struct SealedColumn: Sendable {
  /// A value as it lies in its row.
  struct Value: Sendable, Equatable {
    /// The row's key columns, as text.
    let row: [String]
    let sealed: String
  }

  /// Where it is, `senders.access_token`.
  package let name: String
  private let table: String
  private let column: String
  private let key: [String]
  private let filter: String
  /// The most rows looked at in one step.
  let rowsAtOnce: Int
  private let binding: @Sendable ([String]) -> String

  /// The values of `column` in `table`, whose rows the columns `key` name uniquely. `binding` tells what a value is
  /// bound to, from the row's key; `filter` is SQL that limits the rows. NULL and text that is not sealed are left out.
  /// Of large values few rows are sealed anew at once.
  package init(
    _ table: String, _ column: String, key: [String], filter: String = "TRUE", rowsAtOnce: Int = .max,
    binding: @escaping @Sendable ([String]) -> String
  ) {
    precondition(!key.isEmpty, "a row of \(table) is found by its key")
    name = "\(table).\(column)"
    self.table = table
    self.column = column
    self.key = key
    self.filter = filter
    self.rowsAtOnce = rowsAtOnce
    self.binding = binding
  }

  /// The usual case: a value bound to `<binding>:<key>`, and unless told otherwise to `<table>.<column>:<key>`.
  package init(
    _ table: String, _ column: String, key: String = "id", binding: String? = nil, rowsAtOnce: Int = .max
  ) {
    let place = binding ?? "\(table).\(column)"
    self.init(table, column, key: [key], rowsAtOnce: rowsAtOnce) { "\(place):\($0[0])" }
  }

  /// What a value of this row is bound to.
  func binding(of row: [String]) -> String { binding(row) }

  // A column may be TEXT or BLOB; both are read as text.
  private var text: String { "CAST(\(column) AS TEXT)" }
  private var keyList: String { key.joined(separator: ", ") }

  /// How many values each key has sealed, added to `counts`.
  func count(into counts: inout [String: Int], _ connection: Connection) throws {
    try connection.forEach(
      """
      SELECT substr(value, 4, instr(substr(value, 4), '.') - 1), count(*)
      FROM (SELECT \(text) AS value FROM \(table) WHERE \(column) IS NOT NULL AND \(filter))
      WHERE value GLOB 'v1.*.*'
      GROUP BY 1
      """
    ) { counts[try $0.text(0), default: 0] += try $0.int(1) }
  }

  /// Looks at `limit` rows after `position` and returns the values among them that other keys than `current` have
  /// sealed, and where to go on; nil after the last row.
  func page(
    after position: [String]?, limit: Int, notBy current: String, _ connection: Connection
  ) throws -> (values: [Value], next: [String]?) {
    let places = key.map { _ in "?" }.joined(separator: ", ")
    let begin = position == nil ? "TRUE" : "(\(keyList)) > (\(places))"
    var seen = 0
    var last: [String]?
    let rows: [Value?] = try connection.all(
      """
      SELECT \(key.map { "CAST(\($0) AS TEXT)" }.joined(separator: ", ")),
        CASE WHEN \(text) GLOB 'v1.*.*' AND \(text) NOT GLOB 'v1.\(current).*' THEN \(text) END
      FROM \(table)
      WHERE \(begin) AND \(filter)
      ORDER BY \(keyList)
      LIMIT \(limit)
      """, values: position ?? []
    ) { row in
      seen += 1
      let place = try key.indices.map { try row.text($0) }
      last = place
      return try row.optionalText(key.count).map { Value(row: place, sealed: $0) }
    }
    return (rows.compactMap { $0 }, seen < limit ? nil : last)
  }

  /// Replaces a value unless it has changed meanwhile; whether it did.
  func replace(_ value: Value, with sealed: String, _ connection: Connection) throws -> Bool {
    try connection.execute(
      """
      UPDATE \(table)
      SET \(column) = CASE typeof(\(column)) WHEN 'blob' THEN CAST(? AS BLOB) ELSE ? END
      WHERE \(key.map { "\($0) = ?" }.joined(separator: " AND ")) AND \(text) = ?
      """, values: [sealed, sealed] + value.row + [value.sealed])
    return connection.changes == 1
  }
}
