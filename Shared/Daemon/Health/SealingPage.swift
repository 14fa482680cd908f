import JSON
import Wire
import Workers

/// What `/sealing` answers: where a change of sealing keys stands.
enum SealingPage {
  /// Nil when the store cannot be read. A service without a database has nothing sealed.
  static func make(_ runtime: ServiceRuntime) async -> [UInt8]? {
    var reports: [SealingReport] = []
    for resealer in runtime.resealers {
      guard let report = try? await resealer.report() else { return nil }
      reports.append(report)
    }
    return page(runtime.service, reports.first ?? SealingReport(runtime.keyring))
  }

  private static func page(_ service: ServiceName, _ report: SealingReport) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("service")
    writer.string(service.rawValue)
    writer.key("current")
    writer.string(report.currentKeyID)
    writer.key("keys")
    strings(report.keyIDs, &writer)
    writer.key("done")
    writer.bool(report.isDone)
    writer.key("values")
    counts(report.values, &writer)
    writer.key("removable")
    strings(report.removable, &writer)
    writer.key("unknown")
    counts(report.unknown, &writer)
    writer.key("resealed")
    writer.integer(report.resealed)
    writer.key("unreadable")
    writer.integer(report.unreadableCount)
    writer.key("unreadable_values")
    writer.beginArray()
    for value in report.unreadable {
      writer.beginObject()
      for (name, text) in [("column", value.column), ("row", value.row), ("reason", value.reason)] {
        writer.key(name)
        writer.string(text)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.finish()
  }

  private static func strings(_ texts: [String], _ writer: inout JSONWriter) {
    writer.beginArray()
    for text in texts { writer.string(text) }
    writer.endArray()
  }

  private static func counts(_ counts: [String: Int], _ writer: inout JSONWriter) {
    writer.beginObject()
    for (id, count) in counts.sorted(by: { $0.key < $1.key }) {
      writer.key(id)
      writer.integer(count)
    }
    writer.endObject()
  }
}
