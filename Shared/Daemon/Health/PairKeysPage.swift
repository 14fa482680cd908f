import JSON
import Telemetry
import Transport
import Wire

/// What `/keys` answers: every pair key of the file, its place among the keys of its peer, and what it was used for
/// since the start. Key 1 is the one this service proves itself with.
enum PairKeysPage {
  static func make(_ runtime: ServiceRuntime) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("service")
    writer.string(runtime.service.rawValue)
    writer.key("keys")
    writer.beginArray()
    for peer in runtime.pairKeys.peers {
      for (index, key) in runtime.pairKeys.all(for: peer).enumerated() {
        writer.beginObject()
        writer.key("peer")
        writer.string(peer.rawValue)
        writer.key("key")
        writer.string(key.id)
        writer.key("position")
        writer.integer(index + 1)
        append(runtime.keyUse.count(key.id, .dialled), "dialled", &writer)
        append(runtime.keyUse.count(key.id, .accepted), "accepted", &writer)
        writer.endObject()
      }
    }
    writer.endArray()
    writer.endObject()
    return writer.finish()
  }

  private static func append(_ count: PairKeyUse.Count, _ side: String, _ writer: inout JSONWriter) {
    writer.key("\(side)_open")
    writer.integer(count.open)
    writer.key("\(side)_total")
    writer.integer(count.total)
    writer.key("\(side)_last_at")
    if let at = count.lastAt { writer.string(RFC3339.format(milliseconds: at)) } else { writer.null() }
  }
}
