/// Draws cases from a seed: the same seed, the same cases.
struct ExtractionCases {
  private var random: ExtractionNumbers

  init(seed: UInt64) { random = ExtractionNumbers(seed: seed) }

  mutating func next() -> ExtractionCase {
    // Clean ones are the most common in life as well.
    let kind = chance(0.25) ? .clean : pick(ExtractionCase.Kind.allCases)
    let code = (0..<6).map { _ in Int.random(in: 0...9, using: &random) }
    switch kind {
    case .clean: return plain(kind, code, [(announcements(code), sure)])
    case .unsure:
      let isAgreed = chance(0.3)
      let texts = [(announcements(code), unsure)] + (isAgreed ? [(announcements(code), unsure)] : [])
      return isAgreed ? plain(kind, code, texts) : doubtful(kind, code, texts)
    case .cut:
      var text = Substring(announcements(code))
      if chance(0.6) { text = text.dropFirst(Int.random(in: 1...(text.count / 2), using: &random)) }
      if chance(0.6) { text = text.dropLast(Int.random(in: 1...(text.count / 2), using: &random)) }
      return doubtful(kind, code, [(String(text), sure)])
    case .wrongLength: return wrongLength(code)
    case .rival:
      let parts = [announcement(code), announcement(code), announcement(misheard(code))]
      return doubtful(kind, code, [(parts.shuffled(using: &random).joined(separator: " "), sure)])
    case .tie:
      let other = announcement(misheard(code))
      let texts = chance(0.5) ? [announcement(code), other] : [announcement(code), other, announcement(code), other]
      return doubtful(kind, code, [(texts.joined(separator: " "), sure)])
    case .sameMistake:
      let wrong = misheard(code)
      return ExtractionCase(
        kind: kind, truth: text(code), answers: [(announcements(wrong), unsure)], isPlain: false, isLie: true)
    case .once:
      let isWrong = chance(0.5)
      return ExtractionCase(
        kind: kind, truth: text(code), answers: [(announcement(isWrong ? misheard(code) : code), sure)], isPlain: false,
        isLie: isWrong)
    case .noise: return noise(code)
    case .ambiguous: return ambiguous(code)
    case .loop: return loop(code)
    case .customer: return customer()
    case .unheard: return unheard(code)
    case .engines:
      let other = chance(0.5) ? announcements(misheard(code)) : announcements(Array(code.dropLast()))
      let answers = [(announcements(code), chance(0.5) ? sure : unsure), (other, chance(0.5) ? sure : unsure)]
      return doubtful(kind, code, answers.shuffled(using: &random))
    }
  }

  // MARK: Kinds

  private mutating func wrongLength(_ code: [Int]) -> ExtractionCase {
    func damaged(_ random: inout ExtractionNumbers) -> [Int] {
      var digits = code
      let at = Int.random(in: 0..<6, using: &random)
      if Bool.random(using: &random) { digits.remove(at: at) } else { digits.insert(digits[at], at: at) }
      return digits
    }
    let isEach = chance(0.5)
    let one = damaged(&random)
    let parts = (0..<3).map { index in
      announcement(isEach ? (chance(0.5) ? one : damaged(&random)) : index == 1 ? one : code)
    }
    return doubtful(.wrongLength, code, [(parts.joined(separator: " "), sure)])
  }

  private mutating func noise(_ code: [Int]) -> ExtractionCase {
    var words = [announcement(code), announcement(code), announcement(code)].joined(separator: " ").split(
      separator: " ")
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let noise = pick([
        "um", "uh", "thank you.", "Thanks for watching!", "goodbye", "hello", "to", "for", "won", "oh", "double", "and",
        "please", "♪", "one", "[MUSIC]", "a", "hundred", "twenty", "ten", "too",
      ])
      words.insert(Substring(noise), at: Int.random(in: 0...words.count, using: &random))
    }
    return doubtful(.noise, code, [(words.joined(separator: " "), sure)])
  }

  private mutating func ambiguous(_ code: [Int]) -> ExtractionCase {
    let digits = code.map(String.init)
    let numbers = ExtractionSpelling.self
    let spelled: String
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      spelled =
        "\(numbers.units[code[0]]) hundred \(numbers.pair(code[1], code[2])) \(digits[3...].joined(separator: " "))"
    case 1: spelled = "\(numbers.tens[max(2, code[0])]), \(numbers.units[max(1, code[1])]) \(digits[2...].joined())"
    case 2: spelled = "double \(numbers.pair(max(2, code[0]), code[1])) \(digits[2...].joined(separator: " "))"
    default: spelled = "\(digits[..<3].joined()). \(digits[3...].joined())."
    }
    let text = (0..<3).map { _ in "Verification code is \(spelled)." }.joined(separator: " ")
    return doubtful(.ambiguous, code, [(text, sure)])
  }

  private mutating func loop(_ code: [Int]) -> ExtractionCase {
    // Bare digits are never an announcement; whole ones are where they come too often.
    let few = Int.random(in: 2...40, using: &random)
    let many = Int.random(in: 8...40, using: &random)
    let digit = String(code[0])
    let text =
      switch Int.random(in: 0..<3, using: &random) {
      case 0: Array(repeating: digit, count: few).joined(separator: pick([" ", ", ", ""]))
      case 1: Array(repeating: self.text(code), count: few).joined(separator: pick([" ", ". ", ""]))
      default: Array(repeating: "Verification code is \(self.text(code)).", count: many).joined(separator: " ")
      }
    return ExtractionCase(kind: .loop, truth: nil, answers: [(text, sure)], isPlain: false, isLie: true)
  }

  private mutating func customer() -> ExtractionCase {
    let number = (0..<Int.random(in: 3...11, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
    let order = (0..<6).map { _ in Int.random(in: 0...9, using: &random) }
    let spelled = spell(number)
    // Doors and lockers have codes too. Nothing here is foreign to an announcement.
    let door = pick([
      "The code is", "Your code is", "Code", "The app code is", "Your WhatsApp is", "Verification is the",
    ])
    let text = pick([
      "\(door) \(spell(order)). \(door) \(spell(order)).",
      "\(door) \(spell(order)). Code is \(spell(order)). The code is \(spell(order))",
      "Hello, is this the bakery? I would like two loaves for Tuesday.",
      "Hi, my number is \(spelled), please call me back.",
      "The order is \(spell(order)). I repeat, \(spell(order)). Is the app down?",
      "Is your code red? My pin is \(spell(order)).",
      "Hello? Hello? Is anyone there? Oh well.",
      "I'm calling about invoice \(spell(order)), \(spell(order)). Thank you.",
      "I was given a code, it is \(spell(order)). Yes, the code is \(spell(order)).",
      "One moment please, to whom am I speaking?",
      "You have reached \(spelled). Please leave a message after the beep.",
    ])
    return ExtractionCase(kind: .customer, truth: nil, answers: [(text, sure)], isPlain: false, isLie: false)
  }

  private mutating func unheard(_ code: [Int]) -> ExtractionCase {
    let empty = [
      "", " ", "[BLANK_AUDIO]", "Thank you.", "Thanks for watching!", "you", "♪ ♪", "Hello?", "[MUSIC]", "Bye.",
    ]
    var answers: [(String?, Double?)] = (0..<Int.random(in: 1...2, using: &random)).map { _ in (pick(empty), sure) }
    // One that understood a sentence where another gave up.
    if chance(0.4) { answers = [(nil, nil), (pick(["I would like two loaves, please."] + empty), sure)] }
    return ExtractionCase(
      kind: .unheard, truth: text(code), answers: answers.map { ($0, $1) }, isPlain: false, isLie: false)
  }

  private func plain(_ kind: ExtractionCase.Kind, _ code: [Int], _ answers: [(String, Double?)]) -> ExtractionCase {
    ExtractionCase(kind: kind, truth: text(code), answers: answers.map { ($0, $1) }, isPlain: true, isLie: false)
  }

  private func doubtful(_ kind: ExtractionCase.Kind, _ code: [Int], _ answers: [(String, Double?)]) -> ExtractionCase {
    ExtractionCase(kind: kind, truth: text(code), answers: answers.map { ($0, $1) }, isPlain: false, isLie: false)
  }

  // MARK: Words

  private mutating func announcements(_ code: [Int]) -> String {
    (0..<3).map { _ in announcement(code) }.joined(separator: pick([" ", "\n", " "]))
  }

  private mutating func announcement(_ code: [Int]) -> String {
    let beginning = pick([
      "Verification code is", "Verification code is", "verification code is", "The verification code is",
      "Your WhatsApp code is", "Your What's App verification code is:", "VERIFICATION CODE IS",
    ])
    return "\(beginning) \(spell(code))\(pick([".", ".", "", "!", ","]))"
  }

  private mutating func spell(_ digits: [Int]) -> String {
    ExtractionSpelling.spell(digits, way: Int.random(in: 0..<ExtractionSpelling.ways, using: &random)) { list in
      list.randomElement(using: &random) ?? ""
    }
  }

  /// One to three digits heard as others.
  private mutating func misheard(_ code: [Int]) -> [Int] {
    var digits = code
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let at = Int.random(in: 0..<digits.count, using: &random)
      digits[at] = (digits[at] + Int.random(in: 1...9, using: &random)) % 10
    }
    if digits == code { digits[0] = (digits[0] + 1) % 10 }
    return digits
  }

  private var sure: Double? {
    mutating get { Double.random(in: ExtractionCase.minimumConfidence...1, using: &random) }
  }

  private var unsure: Double? {
    mutating get {
      chance(0.4) ? nil : Double.random(in: 0..<ExtractionCase.minimumConfidence, using: &random)
    }
  }

  private func text(_ code: [Int]) -> String { code.map(String.init).joined() }
  private mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &random) < share }
  private mutating func pick<Element>(_ list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &random)]
  }
}
