/// The figures as a table for people.
enum FigureTable {
  static func text(_ figures: [Figure]) -> String {
    let rows = figures.map { figure in
      let verdict = figure.met.map { $0 ? "met" : "MISSED" } ?? ""
      return [figure.name, figure.shown, figure.unit, figure.target ?? "", verdict]
    }
    var widths = [0, 0, 0, 0, 0]
    for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
    let table = rows.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[index] - cell.count)
        // Numbers stand to the right, words to the left.
        line += (index == 1 ? padding + cell : cell + padding) + "  "
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
    return table + figures.compactMap { figure in figure.note.map { "\(figure.name): \($0)\n" } }.joined()
  }
}
