/// Goes through the tokens of a transcript and puts digits together.
struct DigitReader {
  enum Part {
    /// Digits with no other word among them.
    case span(DigitSpan)
    /// A word that stands for no digit here.
    case word(String)
    /// So many signs, or number words where they make no digit.
    case foreign(Int)
  }

  private let tokens: [SpokenToken]
  /// What each token means as a number.
  private let numbers: [NumberWord?]
  private var at = 0
  private var span = DigitSpan()
  /// Read, but the span before it comes first.
  private var pending: Part?

  init(_ tokens: [SpokenToken]) {
    self.tokens = tokens
    numbers = tokens.map { token in if case .word(let word) = token.kind { NumberWord(word) } else { nil } }
  }

  /// The next part, in order; nil at the end.
  mutating func next() -> Part? {
    while true {
      if let part = pending, span.isEmpty, !span.isAmbiguous {
        pending = nil
        return part
      }
      if pending != nil || at >= tokens.count {
        if span.isEmpty, !span.isAmbiguous { return nil }
        defer { span = DigitSpan() }
        return .span(span)
      }
      pending = step()
    }
  }

  /// Adds what stands here to the span, or answers what ends it.
  private mutating func step() -> Part? {
    let token = tokens[at]
    switch token.kind {
    case .digits(let digits):
      span.add(digits, after: token.gap)
      at += 1
    case .mark:
      at += 1
      return .foreign(1)
    case .word(let word):
      guard let number = numbers[at] else {
        at += 1
        return .word(word)
      }
      return step(number, token.gap)
    }
    return nil
  }

  private mutating func step(_ number: NumberWord, _ gap: SpokenToken.Gap) -> Part? {
    at += 1
    switch number {
    case .unit(let digit): span.add([digit], after: gap)
    case .teen(let value): span.add([value / 10, value % 10], after: gap)
    case .tens(let digit): tens(digit, gap)
    case .oh: return oh(gap)
    case .soundsLike(let digit): return soundsLike(digit, gap)
    case .times(let count): return times(count, gap)
    case .magnitude: span.isAmbiguous = true
    }
    return nil
  }

  /// `twenty one` is 21, `twenty` alone 20. `twenty, one` and `twenty 1` are either 21 or 201.
  private mutating func tens(_ digit: UInt8, _ gap: SpokenToken.Gap) {
    guard at < tokens.count, tokens[at].gap < .stop else { return span.add([digit, 0], after: gap) }
    let next = tokens[at]
    switch (next.kind, numbers[at]) {
    case (_, .unit(let unit)) where unit > 0 && next.gap == .space:
      span.add([digit, unit], after: gap)
      at += 1
    case (.digits, _), (_, .soundsLike), (_, .unit(1...9)):
      span.add([digit, 0], after: gap)
      span.isAmbiguous = true
    default: span.add([digit, 0], after: gap)
    }
  }

  /// `oh` is a zero beside a digit it is not set apart from, or between two. Several in a row are taken together, here
  /// and below, so that each is looked at once.
  private mutating func oh(_ gap: SpokenToken.Gap) -> Part? {
    var end = at
    while end < tokens.count, tokens[end].gap < .stop, numbers[end] == .oh { end += 1 }
    let count = end - at + 1
    let isBesideLast = !span.isEmpty && gap < .stop
    let isBesideNext = end < tokens.count && isSure(end) && (!span.isEmpty || tokens[end].gap < .stop)
    at = end
    guard isBesideLast || isBesideNext else { return .foreign(count) }
    span.add(Array(repeating: 0, count: count), after: gap)
    return nil
  }

  /// `for` and `to` are digits between digits.
  private mutating func soundsLike(_ digit: UInt8, _ gap: SpokenToken.Gap) -> Part? {
    var digits = [digit]
    while at < tokens.count, tokens[at].gap < .stop, case .soundsLike(let another) = numbers[at] {
      digits.append(another)
      at += 1
    }
    let isInside = !span.isEmpty && gap < .stop && at < tokens.count && tokens[at].gap < .stop && isSure(at)
    guard isInside else { return .foreign(digits.count) }
    span.add(digits, after: gap)
    return nil
  }

  /// `double three` is 33. Before more than one digit, or after a pause, it may mean anything.
  private mutating func times(_ count: Int, _ gap: SpokenToken.Gap) -> Part? {
    guard at < tokens.count, tokens[at].gap < .stop else { return .foreign(1) }
    var digit: UInt8?
    switch (tokens[at].kind, numbers[at]) {
    case (.digits(let digits), _): if digits.count == 1 { digit = digits[0] }
    case (_, .unit(let unit)): digit = unit
    case (_, .oh): digit = 0
    case (_, .some): break
    case (_, nil): return .foreign(1)
    }
    guard let digit, tokens[at].gap == .space else {
      span.isAmbiguous = true
      return nil
    }
    span.add(Array(repeating: digit, count: count), after: gap)
    at += 1
    return nil
  }

  private func isSure(_ index: Int) -> Bool {
    if case .digits = tokens[index].kind { return true }
    return numbers[index]?.isSure ?? false
  }
}
