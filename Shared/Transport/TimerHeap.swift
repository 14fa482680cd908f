/// Names one scheduled timer of a loop.
package struct LoopTimer: Hashable, Sendable {
  let id: UInt64
}

/// Timers ordered by due time; a cancelled one leaves its heap entry behind until it surfaces or until the
/// dead outnumber the living.
struct TimerHeap {
  private struct Entry {
    var due: Int64
    var id: UInt64
  }

  private var entries: [Entry] = []
  private var work: [UInt64: () -> Void] = [:]
  private var lastID: UInt64 = 0

  /// Due time of the earliest living timer, in monotonic nanoseconds.
  var next: Int64? {
    mutating get {
      while let first = entries.first, work[first.id] == nil { removeFirst() }
      return entries.first?.due
    }
  }

  mutating func add(at due: Int64, _ body: @escaping () -> Void) -> LoopTimer {
    lastID += 1
    work[lastID] = body
    entries.append(Entry(due: due, id: lastID))
    siftUp(entries.count - 1)
    return LoopTimer(id: lastID)
  }

  mutating func cancel(_ timer: LoopTimer) {
    work[timer.id] = nil
    if entries.count > 2 * work.count + 64 { compact() }
  }

  /// The newest timer; what is added while due ones run comes after it.
  var newest: LoopTimer { LoopTimer(id: lastID) }

  /// Takes out the work of the earliest timer that is due at `now` and not younger than `newest`. The caller runs it
  /// once the heap is free again, because it may well add or cancel timers.
  mutating func takeDue(_ now: Int64, upTo newest: LoopTimer) -> (() -> Void)? {
    while let first = entries.first, first.due <= now, first.id <= newest.id {
      removeFirst()
      if let body = work.removeValue(forKey: first.id) { return body }
    }
    return nil
  }

  mutating func removeAll() {
    entries.removeAll()
    work.removeAll()
  }

  private mutating func compact() {
    entries.removeAll { work[$0.id] == nil }
    entries.sort { $0.due < $1.due }
  }

  private mutating func removeFirst() {
    let last = entries.removeLast()
    if entries.isEmpty { return }
    entries[0] = last
    siftDown(0)
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    while index > 0 {
      let parent = (index - 1) / 2
      if entries[parent].due <= entries[index].due { return }
      entries.swapAt(parent, index)
      index = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    while true {
      let left = 2 * index + 1
      if left >= entries.count { return }
      let right = left + 1
      let child = right < entries.count && entries[right].due < entries[left].due ? right : left
      if entries[index].due <= entries[child].due { return }
      entries.swapAt(index, child)
      index = child
    }
  }
}
