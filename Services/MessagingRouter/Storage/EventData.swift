import Contracts
import JSON

/// Writes the JSON of an event by hand: a thousand of them a second are made inside transactions.
struct EventData {
  private var writer: JSONWriter

  init(capacity: Int) {
    writer = JSONWriter(capacity: capacity)
    writer.beginObject()
  }

  /// A member that is an object: `close` ends it.
  mutating func open(_ name: String) {
    writer.key(name)
    writer.beginObject()
  }

  mutating func close() { writer.endObject() }

  /// A member; null when there is none.
  mutating func text(_ name: String, _ value: String?) {
    writer.key(name)
    if let value { writer.string(value) } else { writer.null() }
  }

  mutating func number(_ name: String, _ value: Int) {
    writer.key(name)
    writer.integer(value)
  }

  mutating func flag(_ name: String, _ value: Bool) {
    writer.key(name)
    writer.bool(value)
  }

  mutating func time(_ name: String, _ milliseconds: Int64?) {
    text(name, milliseconds.map { Timestamp(milliseconds: $0).description })
  }

  /// A member that is JSON already; null when there is none.
  mutating func json(_ name: String, _ bytes: [UInt8]?) {
    writer.key(name)
    if let bytes { writer.raw(bytes) } else { writer.null() }
  }

  /// A member that is a list of what `body` writes, one call for each element.
  mutating func list<Element>(_ name: String, _ elements: [Element], body: (inout EventData, Element) -> Void) {
    writer.key(name)
    writer.beginArray()
    for element in elements {
      writer.beginObject()
      body(&self, element)
      writer.endObject()
    }
    writer.endArray()
  }

  consuming func finish() -> [UInt8] {
    writer.endObject()
    return writer.finish()
  }
}
