import Contracts
import Crypto
import JSON
import Store

/// A template as it is stored.
struct TemplateRow: Sendable {
  var account: String
  /// As people see it; `components` are read from Meta's JSON.
  var template: Template
  var metaComponents: JSONValue
  var effect: String?
  var effectAt: Int64?
  var failure: [UInt8]?
  var toldAt: Int64

  private static let columns = """
    id, account_id, waba_id, meta_id, name, language, category, sub_category, correct_category, status, meta_status,
    rejected_reason, quality, parameter_format, components, pause_title, pause_description, paused_at, effect,
    effect_at, failure, told_at, synced_at, created_at, updated_at, version
    """

  static func find(id: TemplateID, account: String, _ connection: Connection) throws -> TemplateRow? {
    try connection.first(
      "SELECT \(columns) FROM templates WHERE id = ? AND account_id = ?", id.text, account, map: Self.init)
  }

  /// For this service's own work: whose it is, the row says.
  static func find(anyAccount id: TemplateID, _ connection: Connection) throws -> TemplateRow? {
    try connection.first("SELECT \(columns) FROM templates WHERE id = ?", id.text, map: Self.init)
  }

  static func find(
    name: String, language: String, account: String, waba: String, _ connection: Connection
  ) throws -> TemplateRow? {
    try connection.first(
      """
      SELECT \(columns) FROM templates
      WHERE account_id = ? AND waba_id = ? AND name = ? AND language = ? AND status <> 'deleted'
      """, account, waba, name, language, map: Self.init)
  }

  static func find(metaID: String, account: String, _ connection: Connection) throws -> TemplateRow? {
    try connection.first(
      "SELECT \(columns) FROM templates WHERE account_id = ? AND meta_id = ?", account, metaID, map: Self.init)
  }

  /// All languages of a name that are not deleted.
  static func languages(
    of name: String, account: String, waba: String, _ connection: Connection
  ) throws -> [TemplateRow] {
    try connection.all(
      """
      SELECT \(columns) FROM templates
      WHERE account_id = ? AND waba_id = ? AND name = ? AND status <> 'deleted'
      """, account, waba, name, map: Self.init)
  }

  /// A page by name, language and id. Deleted ones only when asked for; a refused creation never.
  static func list(
    _ call: MessagingRouterAPI.ListTemplates, account: String, waba: String,
    after: (name: String, language: String, id: String)?, limit: Int, _ connection: Connection
  ) throws -> [Template] {
    var conditions = ["account_id = ?", "waba_id = ?", "(name, language, id) > (?, ?, ?)"]
    var values: [any SQLConvertible] = [
      account, waba, after?.name ?? "", after?.language ?? "", after?.id ?? "",
    ]
    if let status = call.status {
      conditions.append("status = ?")
      values.append(status.rawValue)
      if status == .deleted { conditions.append("meta_id IS NOT NULL") }
    } else {
      conditions.append("status <> 'deleted'")
    }
    if let category = call.category {
      conditions.append("lower(category) = ?")
      values.append(category.rawValue)
    }
    if let name = call.name {
      // Above every name that begins so: names are of ASCII.
      conditions.append("name >= ? AND name < ?")
      values += [name, name + "~"]
    }
    values.append(limit)
    return try connection.all(
      """
      SELECT \(columns) FROM templates
      WHERE \(conditions.joined(separator: " AND "))
      ORDER BY name, language, id
      LIMIT ?
      """, values: values, map: { try Self($0).template })
  }

  private init(_ row: Row) throws {
    account = try row.text(1)
    let components = try row.blob(14)
    do throws(JSONFailure) { metaComponents = try JSONValue(parsing: components) } catch { metaComponents = [] }
    let format = TemplateParameterFormat(rawValue: try row.text(13)) ?? .positional
    let typed = MetaComponents.read(metaComponents)
    template = Template(
      id: TemplateID(trusted: try row.text(0)), wabaID: try row.text(2), name: try row.text(4),
      language: try row.text(5), metaCategory: try row.text(6), metaStatus: try row.text(10),
      status: TemplateStatus(rawValue: try row.text(9)) ?? .other, quality: TemplateQuality(meta: try row.text(12)),
      parameterFormat: format, components: typed, variables: TemplateVariables.of(typed, format),
      bodyText: typed.first { $0.type == .body }?.text, createdAt: Timestamp(milliseconds: try row.int64(23)),
      updatedAt: Timestamp(milliseconds: try row.int64(24)), version: try row.int64(25))
    template.metaTemplateID = try row.optionalText(3)
    template.subCategory = try row.optionalText(7)
    template.correctCategory = try row.optionalText(8)
    template.rejectedReason = try row.optionalText(11)
    if let pausedAt = try row.optionalInt64(17) {
      template.pause = TemplatePause(
        title: try row.optionalText(15), description: try row.optionalText(16), at: Timestamp(milliseconds: pausedAt))
    }
    effect = try row.optionalText(18)
    effectAt = try row.optionalInt64(19)
    failure = try row.optionalBlob(20)
    toldAt = try row.int64(21)
    template.syncedAt = try row.optionalInt64(22).map { Timestamp(milliseconds: $0) }
  }

  /// A new row for what Meta shows, or for what it is asked for.
  init(
    account: String, waba: String, name: String, language: String, metaCategory: String, status: TemplateStatus,
    metaStatus: String, format: TemplateParameterFormat, components: JSONValue, at now: Int64
  ) {
    self.account = account
    metaComponents = components
    let typed = MetaComponents.read(components)
    let moment = Timestamp(milliseconds: now)
    template = Template(
      id: TemplateID(trusted: "tpl_" + ULID.make(milliseconds: now)), wabaID: waba, name: name, language: language,
      metaCategory: metaCategory, metaStatus: metaStatus, status: status, quality: .unknown, parameterFormat: format,
      components: typed, variables: TemplateVariables.of(typed, format),
      bodyText: typed.first { $0.type == .body }?.text, createdAt: moment, updatedAt: moment, version: 1)
    toldAt = 0
  }

  func insert(_ connection: Connection) throws {
    let template = template
    try connection.execute(
      """
      INSERT INTO templates (id, account_id, waba_id, meta_id, name, language, category, sub_category,
        correct_category, status, meta_status, rejected_reason, quality, parameter_format, components, effect,
        effect_at, told_at, synced_at, created_at, updated_at, version)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """, template.id.text, account, template.wabaID, template.metaTemplateID, template.name, template.language,
      template.metaCategory, template.subCategory, template.correctCategory, template.status.rawValue,
      template.metaStatus, template.rejectedReason, template.quality.rawValue, template.parameterFormat.rawValue,
      try JSONCoder.encode(metaComponents), effect, effectAt, toldAt, template.syncedAt?.milliseconds,
      template.createdAt.milliseconds, template.updatedAt.milliseconds, template.version)
  }

  func update(_ connection: Connection) throws {
    let template = template
    try connection.execute(
      """
      UPDATE templates
      SET meta_id = ?, category = ?, sub_category = ?, correct_category = ?, status = ?, meta_status = ?,
        rejected_reason = ?, quality = ?, parameter_format = ?, components = ?, pause_title = ?,
        pause_description = ?, paused_at = ?, effect = ?, effect_at = ?, failure = ?, told_at = ?, synced_at = ?,
        updated_at = ?, version = ?
      WHERE id = ?
      """, template.metaTemplateID, template.metaCategory, template.subCategory, template.correctCategory,
      template.status.rawValue, template.metaStatus, template.rejectedReason, template.quality.rawValue,
      template.parameterFormat.rawValue, try JSONCoder.encode(metaComponents), template.pause?.title,
      template.pause?.description, template.pause?.at.milliseconds, effect, effectAt, failure, toldAt,
      template.syncedAt?.milliseconds, template.updatedAt.milliseconds, template.version, template.id.text)
  }
}
