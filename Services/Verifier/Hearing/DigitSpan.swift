/// Digits with no other word among them, as they are being read, in pieces where sentences end.
struct DigitSpan {
  /// What a span comes to.
  struct Reading {
    /// Codes, as often as each was said.
    var codes: [[UInt8]] = []
    /// Pieces that are no code.
    var others: [[UInt8]] = []
    /// It can be read in more than one way, so nothing was.
    var isAmbiguous = false
  }

  private struct Piece {
    var digits: [UInt8] = []
    /// Where something was between two digits, if only a space.
    var gaps: Set<Int> = []
  }

  private var pieces: [Piece] = []
  /// Set where a number word leaves open which digits were meant.
  var isAmbiguous = false

  var isEmpty: Bool { pieces.isEmpty }
  var digitCount: Int { pieces.reduce(0) { $0 + $1.digits.count } }

  mutating func add(_ digits: [UInt8], after gap: SpokenToken.Gap) {
    if pieces.isEmpty || gap == .stop { pieces.append(Piece()) }
    let last = pieces.count - 1
    if gap != .none { pieces[last].gaps.insert(pieces[last].digits.count) }
    pieces[last].digits += digits
  }

  /// Reads the pieces as codes.
  func read() -> Reading {
    let texts = pieces.map(\.digits)
    if isAmbiguous { return Reading(others: texts, isAmbiguous: true) }
    // "1. 2. 3. 4. 5. 6." is one code, said slowly.
    let isSlow = pieces.allSatisfy { $0.digits.count == 1 }
    let slow = Piece(digits: texts.flatMap { $0 }, gaps: Set(pieces.indices))
    let pieces = isSlow ? [slow] : self.pieces
    let codes = pieces.map(Self.code)
    var reading = Reading(codes: codes.compactMap { $0 })
    for (piece, code) in zip(pieces, codes) where code == nil { reading.others.append(piece.digits) }
    guard pieces.count > 1, let code = reading.codes.first, !reading.others.isEmpty else { return reading }
    // Beside a code, sentences of digits are its repeats, of which the recording may have cut the first and the last.
    // Anything else means that the code itself may be put together wrongly.
    for (index, piece) in pieces.enumerated() where codes[index] == nil {
      let digits = piece.digits
      let isCut =
        (index == 0 && digits.count < 6 && code.suffix(digits.count).elementsEqual(digits))
        || (index == pieces.count - 1 && digits.count < 6 && code.starts(with: digits))
      if !isCut { return Reading(others: texts, isAmbiguous: true) }
    }
    return reading
  }

  /// Six digits are a code; twelve and eighteen are one where the same six come again. They are one hearing all the
  /// same: an engine that stutters writes just that. Where those six repeat something shorter (`121212`), or the digits
  /// are set apart elsewhere than between the repeats (`3456, 123456, 12`), nobody can tell where the code begins.
  private static func code(in piece: Piece) -> [UInt8]? {
    let digits = piece.digits
    if digits.count == 6 { return digits }
    guard digits.count == 12 || digits.count == 18 else { return nil }
    let code = Array(digits.prefix(6))
    guard digits.indices.allSatisfy({ digits[$0] == code[$0 % 6] }) else { return nil }
    let inner = piece.gaps.filter { $0 > 0 }
    guard inner.isEmpty || stride(from: 6, to: digits.count, by: 6).allSatisfy(inner.contains) else { return nil }
    let isShorter = [1, 2, 3].contains { period in code.indices.allSatisfy { code[$0] == code[$0 % period] } }
    return isShorter ? nil : code
  }
}
