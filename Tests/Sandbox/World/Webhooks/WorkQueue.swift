/// A first-in first-out queue whose head costs the same at any length.
struct WorkQueue<Element> {
  private var elements: [Element] = []
  private var head = 0

  var count: Int { elements.count - head }
  var isEmpty: Bool { count == 0 }
  var first: Element? { isEmpty ? nil : elements[head] }

  mutating func append(_ element: Element) { elements.append(element) }

  mutating func popFirst() -> Element? {
    guard !isEmpty else { return nil }
    let element = elements[head]
    head += 1
    if head > 1_024, head * 2 > elements.count {
      elements.removeFirst(head)
      head = 0
    }
    return element
  }

  /// Brings the element at `offset` to the front; the front takes its place.
  mutating func promote(_ offset: Int) {
    guard offset > 0, offset < count else { return }
    elements.swapAt(head, head + offset)
  }

  mutating func removeAll() {
    elements.removeAll()
    head = 0
  }
}
