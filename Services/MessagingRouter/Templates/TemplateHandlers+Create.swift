import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Telemetry
import Wire
import Workers

extension TemplateHandlers {
  /// What a creation needs after it was journalled.
  private struct Creation: Sendable {
    var id: TemplateID
    var scope: TemplateScope
    var call: MessagingRouterAPI.CreateTemplate
    var format: TemplateParameterFormat
  }

  /// Checked here, journalled, then asked of Meta. A lost answer is settled by looking for the name: never asked twice.
  func create(_ call: MessagingRouterAPI.CreateTemplate, _ context: CallContext) async throws -> Template {
    let account = try context.requiredAccount
    let problems = TemplateRules.check(
      name: call.name, language: call.language, category: call.category, format: call.parameterFormat,
      components: call.components, ttl: call.messageSendTTLSeconds)
    guard problems.isEmpty else { throw problems.failure(.invalidArgument, "TEMPLATE_INVALID") }
    let format = call.parameterFormat ?? TemplateRules.format(of: call.components)
    let components = MetaComponents.write(call.components)
    let warnings = TemplateWarnings.of(call.components, category: call.category)
    let now = clock.now
    return try await keyed.once(call, context) { connection in
      let scope = try Self.scope(call.senderID, account, connection)
      try Self.refuseKnown(call, scope, connection)
      try examples.check(call.components, account: account, connection)
      var row = TemplateRow(
        account: account, waba: scope.waba, name: call.name, language: call.language,
        metaCategory: call.category.rawValue.uppercased(), status: .draft, metaStatus: "DRAFT", format: format,
        components: components, at: now)
      row.effect = "create"
      row.effectAt = now
      try row.insert(connection)
      // If this process dies now, the list tells what became of it.
      try TemplateSyncRow.hurry(scope, by: now + TemplateSyncRow.settle, connection)
      return .started(
        reference: row.template.id.text, Creation(id: row.template.id, scope: scope, call: call, format: format))
    } truth: { connection, reference in
      try Self.truth(TemplateID(trusted: reference), account, connection)
    } perform: { (creation: Creation) in
      var template = try await perform(creation)
      template.warnings = warnings.isEmpty ? nil : warnings
      return template
    }
  }

  /// What Meta is asked for, with its own handles of our examples.
  private func body(_ creation: Creation, _ token: Secret) async throws -> [UInt8] {
    let call = creation.call
    return try Self.body(
      name: call.name, language: call.language, category: call.category, format: creation.format,
      components: MetaComponents.write(try await examples.given(call.components, token: token)),
      ttl: call.messageSendTTLSeconds)
  }

  private static func refuseKnown(
    _ call: MessagingRouterAPI.CreateTemplate, _ scope: TemplateScope, _ connection: Connection
  ) throws {
    guard
      let known = try TemplateRow.find(
        name: call.name, language: call.language, account: scope.account, waba: scope.waba, connection)
    else { return }
    throw CallFailure(
      .alreadyExists, "TEMPLATE_EXISTS",
      "There is a template \(call.name) in \(call.language) already: edit it, or take another name.",
      details: ["field": "name", "template_id": .string(known.template.id.text)])
  }

  static func body(
    name: String?, language: String?, category: TemplateCategory?, format: TemplateParameterFormat?,
    components: JSONValue?, ttl: Int?
  ) throws -> [UInt8] {
    var object = JSONObject()
    object["name"] = name.map { .string($0) }
    object["language"] = language.map { .string($0) }
    object["category"] = category.map { .string($0.rawValue.uppercased()) }
    object["parameter_format"] = format.map { .string($0.rawValue) }
    object["components"] = components
    object["message_send_ttl_seconds"] = ttl.map { .integer(Int64($0)) }
    return try JSONCoder.encode(JSONValue.object(object))
  }

  /// What became of a creation whose first request ended without an answer.
  static func truth(_ id: TemplateID, _ account: String, _ connection: Connection) throws -> Template {
    guard let row = try TemplateRow.find(id: id, account: account, connection) else { throw TemplateFailures.notFound }
    if let failure = row.failure { throw try JSONCoder.decode(CallFailure.self, from: failure) }
    return row.template
  }

  private func perform(_ creation: Creation) async throws -> Template {
    defer { wake() }
    let (id, scope) = (creation.id, creation.scope)
    do {
      let token = try await reader.token(scope)
      let body = try await body(creation, token)
      let made: (id: String, status: String, category: String?)
      do throws(GraphFailure) {
        made = try await reader.graph.createTemplate(wabaID: scope.waba, body: body, token: token)
      } catch {
        switch error {
        case .answered(let answer): throw try await notCreated(id, CallFailure(template: answer))
        case .notSent: throw try await notCreated(id, CallFailure(TemplateReader.Failure.graph(error)))
        case .unknown(let why):
          log.notice("templates.creation_unknown", ["template": .string(id.text), "reason": .string(why)])
          return try await reconcile(creation)
        }
      }
      return try await created(id, metaID: made.id, status: made.status, category: made.category)
    } catch let failure as TemplateReader.Failure {
      throw try await notCreated(id, CallFailure(failure))
    }
  }

  private func created(_ id: TemplateID, metaID: String, status: String, category: String?) async throws -> Template {
    let now = clock.now
    return try await database.write { connection in
      guard var row = try TemplateRow.find(anyAccount: id, connection) else { throw TemplateFailures.notFound }
      if try TemplateRow.find(metaID: metaID, account: row.account, connection).map({ $0.template.id != id }) == true {
        throw TemplateFailures.notFound
      }
      // A webhook or a reading may have been faster.
      if row.template.status == .draft {
        row.template.status = TemplateStatus(meta: status)
        row.template.metaStatus = status
        if let category { row.take(category: category) }
      }
      row.template.metaTemplateID = metaID
      row.effect = nil
      row.effectAt = nil
      row.toldAt = now
      row.template.version += 1
      row.template.updatedAt = Timestamp(milliseconds: now)
      try row.update(connection)
      try TemplateHistory.record(
        .init(kind: .created, after: row.template.status.rawValue, source: .call), of: row, at: now, connection)
      // Meta words some parts itself, those of codes for example.
      try TemplateStale.mark(id, at: now, connection)
      return row.template
    }
  }

  /// The row stays for a repeat of the call, and is shown to nobody.
  private func notCreated(_ id: TemplateID, _ failure: CallFailure) async throws -> CallFailure {
    let now = clock.now
    let bytes = try JSONCoder.encode(failure)
    try await database.write { connection in
      guard var row = try TemplateRow.find(anyAccount: id, connection), row.template.metaTemplateID == nil else {
        return
      }
      row.template.status = .deleted
      row.template.metaStatus = "REFUSED"
      row.failure = bytes
      row.effect = nil
      row.effectAt = nil
      row.template.updatedAt = Timestamp(milliseconds: now)
      try row.update(connection)
    }
    return failure
  }

  /// The answer was lost: what Meta has under the name is the truth. While that cannot be told, it stays a draft, and
  /// the next reading of the list settles it.
  private func reconcile(_ creation: Creation) async throws -> Template {
    let found: GraphTemplate?
    do {
      guard let row = try await database.read({ try TemplateRow.find(anyAccount: creation.id, $0) }) else {
        throw TemplateFailures.notFound
      }
      found = try await reader.find(
        name: row.template.name, language: row.template.language, creation.scope)
    } catch is TemplateReader.Failure {
      found = nil
    }
    let now = clock.now
    return try await database.write { connection in
      if let found {
        try TemplateReading.store(found, scope: creation.scope, askedAt: now, at: now, connection)
        if let row = try TemplateRow.find(anyAccount: creation.id, connection), row.template.metaTemplateID == found.id
        {
          try TemplateHistory.record(
            .init(kind: .created, after: row.template.status.rawValue, source: .call), of: row, at: now, connection)
        }
      }
      guard let row = try TemplateRow.find(anyAccount: creation.id, connection) else { throw TemplateFailures.notFound }
      return row.template
    }
  }
}
