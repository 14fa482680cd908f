import Contracts
import JSON

/// Media among the parameters of a template: `{"type":"image","image":{"media_id":"med_…"}}` names a file of ours, `id`
/// one of Meta's, and `link` an address.
enum TemplateFiles {
  /// Those that name a file of ours.
  static func media(of template: TemplateMessage?) -> [(kind: MediumKind, medium: MessageMedia, field: String)] {
    var all: [(kind: MediumKind, medium: MessageMedia, field: String)] = []
    for (index, component) in (template?.components ?? []).enumerated() {
      collect(component, "template.components[\(index)]", &all)
    }
    return all
  }

  /// The same components with Meta's ids in place of ours; `metaID` throws when there is none.
  static func replacing(
    _ components: [JSONValue], _ metaID: (MediaID) throws -> String
  ) rethrows -> [JSONValue] {
    try components.map { try replacing($0, metaID) }
  }

  private static let kinds = ["image": MediumKind.image, "video": .video, "document": .document]

  private static func collect(
    _ component: JSONValue, _ field: String,
    _ all: inout [(kind: MediumKind, medium: MessageMedia, field: String)]
  ) {
    for (index, parameter) in (component["parameters"]?.array ?? []).enumerated() {
      for (name, kind) in kinds {
        guard let id = mediaID(parameter[name]) else { continue }
        all.append((kind, MessageMedia(mediaID: id), "\(field).parameters[\(index)].\(name)"))
      }
    }
    for (index, card) in (component["cards"]?.array ?? []).enumerated() {
      for (place, inner) in (card["components"]?.array ?? []).enumerated() {
        collect(inner, "\(field).cards[\(index)].components[\(place)]", &all)
      }
    }
  }

  private static func replacing(
    _ component: JSONValue, _ metaID: (MediaID) throws -> String
  ) rethrows -> JSONValue {
    guard case .object(var object) = component else { return component }
    if let parameters = object["parameters"]?.array {
      object["parameters"] = .array(try parameters.map { try parameter($0, metaID) })
    }
    if let cards = object["cards"]?.array {
      object["cards"] = .array(
        try cards.map { card in
          guard case .object(var members) = card, let inner = members["components"]?.array else { return card }
          members["components"] = .array(try inner.map { try replacing($0, metaID) })
          return .object(members)
        })
    }
    return .object(object)
  }

  private static func parameter(_ value: JSONValue, _ metaID: (MediaID) throws -> String) rethrows -> JSONValue {
    guard case .object(var object) = value else { return value }
    for name in kinds.keys {
      guard case .object(var medium)? = object[name], let id = mediaID(.object(medium)) else { continue }
      medium["media_id"] = nil
      medium["id"] = .string(try metaID(id))
      object[name] = .object(medium)
    }
    return .object(object)
  }

  private static func mediaID(_ medium: JSONValue?) -> MediaID? {
    guard let text = medium?["media_id"]?.string else { return nil }
    do throws(ValueFailure) { return try MediaID(parsing: text) } catch { return nil }
  }
}
