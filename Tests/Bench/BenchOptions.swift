/// What the command line asks for.
struct BenchOptions {
  enum Area: String, CaseIterable { case rpc, ingress, store, idle, senders, verification, messaging, receipts }

  struct Problem: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }

  /// Parts that one area may be measured by alone.
  private static let parts = MessagingBench.Part.allCases.map(\.rawValue) + ReceiptsBench.Part.allCases.map(\.rawValue)

  static let help = """
    usage: bench [--runs N] [--long] [--part NAME] [--strict] [area …]      areas: \(Area.allCases.map(\.rawValue).joined(separator: " "))
      --runs N   each figure is the median of N runs (default 5)
      --long     messaging: ten minutes at the full rate instead of one
      --part P   one part alone, of messaging: \(MessagingBench.Part.allCases.map(\.rawValue).joined(separator: " "))
                 or of receipts: \(ReceiptsBench.Part.allCases.map(\.rawValue).joined(separator: " "))
      --strict   exit 1 when a target is missed
    """

  var areas: [Area] = []
  var runs = 5
  var isStrict = false
  var isLong = false
  var part: String?
  var wantsHelp = false

  init(_ arguments: some Sequence<String>) throws(Problem) {
    var rest = Array(arguments)[...]
    while let word = rest.popFirst() {
      switch word {
      case "--strict": isStrict = true
      case "--long": isLong = true
      case "--part":
        guard let found = rest.popFirst(), Self.parts.contains(found) else {
          throw Problem("--part needs one of \(Self.parts.joined(separator: " "))")
        }
        part = found
      case "--help", "-h": wantsHelp = true
      case "--runs":
        guard let number = rest.popFirst().flatMap({ Int($0) }), (1...101).contains(number) else {
          throw Problem("--runs needs a number from 1 to 101")
        }
        runs = number
      default:
        guard let area = Area(rawValue: word) else { throw Problem("unknown argument \(word)\n\(Self.help)") }
        if !areas.contains(area) { areas.append(area) }
      }
    }
    if areas.isEmpty { areas = Area.allCases }
  }
}
