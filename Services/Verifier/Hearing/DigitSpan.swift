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

  private(set) var pieces: [[UInt8]] = []
  /// Set where a number word leaves open which digits were meant.
  var isAmbiguous = false

  var isEmpty: Bool { pieces.isEmpty }

  mutating func add(_ digits: [UInt8], after gap: SpokenToken.Gap) {
    if pieces.isEmpty || gap == .stop { pieces.append([]) }
    pieces[pieces.count - 1] += digits
  }

  /// Reads the pieces as codes.
  func read() -> Reading {
    if isAmbiguous { return Reading(others: pieces, isAmbiguous: true) }
    // "1. 2. 3. 4. 5. 6." is one code, said slowly.
    let pieces = self.pieces.allSatisfy { $0.count == 1 } ? [self.pieces.flatMap { $0 }] : self.pieces
    var reading = Reading()
    for piece in pieces {
      let codes = Self.codes(in: piece)
      if codes.isEmpty { reading.others.append(piece) } else { reading.codes += codes }
    }
    guard pieces.count > 1, let code = reading.codes.first, !reading.others.isEmpty else { return reading }
    // Beside a code, sentences of digits are its repeats, of which the recording may have cut the first and the last.
    // Anything else means that the code itself may be put together wrongly.
    for (index, piece) in pieces.enumerated() where Self.codes(in: piece).isEmpty {
      let isCut =
        (index == 0 && piece.count < 6 && code.suffix(piece.count).elementsEqual(piece))
        || (index == pieces.count - 1 && piece.count < 6 && code.starts(with: piece))
      if !isCut { return Reading(others: pieces, isAmbiguous: true) }
    }
    return reading
  }

  /// Six digits are a code; twelve and eighteen are one where the same six come again. Where those six repeat
  /// something shorter (`121212`), nobody can tell how often they were said.
  private static func codes(in piece: [UInt8]) -> [[UInt8]] {
    if piece.count == 6 { return [piece] }
    guard piece.count == 12 || piece.count == 18 else { return [] }
    let code = Array(piece.prefix(6))
    guard piece.indices.allSatisfy({ piece[$0] == code[$0 % 6] }) else { return [] }
    let isShorter = [1, 2, 3].contains { period in code.indices.allSatisfy { code[$0] == code[$0 % period] } }
    return isShorter ? [] : Array(repeating: code, count: piece.count / 6)
  }
}
