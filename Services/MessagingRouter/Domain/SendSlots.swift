/// How many sends each sender may begin now: the free ones are dealt in turns, so that one with a long queue leaves room
/// for the others.
enum SendSlots {
  /// One sender's claim: how many it could begin, and how many of its sends are under way.
  struct Claim: Sendable, Equatable {
    var wanted: Int
    var underWay: Int
  }

  /// The most sends of one sender at the same time: a quarter stays for whoever comes next.
  static func most(of concurrency: Int) -> Int { max(1, concurrency - concurrency / 4) }

  /// Each claim's share of `free` sends, in the order of the claims.
  static func deal(_ free: Int, _ claims: [Claim], concurrency: Int) -> [Int] {
    let most = most(of: concurrency)
    var open = claims.map { max(0, min($0.wanted, most - $0.underWay)) }
    var shares = Array(repeating: 0, count: claims.count)
    var left = free
    while left > 0 {
      let waiting = open.indices.filter { open[$0] > 0 }
      if waiting.isEmpty { break }
      let each = max(1, left / waiting.count)
      for index in waiting where left > 0 {
        let share = min(each, open[index], left)
        shares[index] += share
        open[index] -= share
        left -= share
      }
    }
    return shares
  }
}
