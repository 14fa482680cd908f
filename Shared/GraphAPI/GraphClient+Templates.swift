package import Crypto
import JSON

/// Templates of a WABA (facts: templates). Their changes count against 100 creations an hour and the account's calls.
extension GraphClient {
  /// A page of the account's templates, by name where one is given.
  package func templates(
    wabaID: String, name: String? = nil, limit: Int, after: String? = nil, token: Secret
  ) async throws(GraphFailure) -> GraphTemplatePage {
    var query = [("fields", GraphTemplate.fields), ("limit", String(limit))]
    if let name { query.append(("name", name)) }
    if let after { query.append(("after", after)) }
    let (document, usage) = try await exchange(
      "GET", "/\(PercentEncoding.encode(wabaID))/message_templates", query: query, token: token, mayRepeat: true)
    guard let data = document.root["data"], data.kind == .array else { throw .unknown("the answer has no data") }
    var page = GraphTemplatePage(templates: [], unreadable: 0, next: nil, usage: usage)
    data.forEachElement { node in
      if let template = GraphTemplate(node) { page.templates.append(template) } else { page.unreadable += 1 }
    }
    if document.root["paging"]?["next"] != nil { page.next = document.root["paging"]?["cursors"]?["after"]?.string }
    return page
  }

  /// One template.
  package func template(id: String, token: Secret) async throws(GraphFailure) -> GraphTemplate {
    let document = try await call(
      "GET", "/\(PercentEncoding.encode(id))", query: [("fields", GraphTemplate.fields)], token: token,
      mayRepeat: true)
    guard let template = GraphTemplate(document.root) else { throw .unknown("the answer is no template") }
    return template
  }

  /// Creates a template; `body` is Meta's JSON. An unknown outcome is settled by listing the account's templates of
  /// that name.
  package func createTemplate(
    wabaID: String, body: [UInt8], token: Secret
  ) async throws(GraphFailure) -> (id: String, status: String, category: String?) {
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(wabaID))/message_templates", token: token, body: body)
    guard let id = AccountWebhook.text(document.root["id"]) else { throw .unknown("the answer has no id") }
    return (id, document.root["status"]?.string ?? "PENDING", document.root["category"]?.string)
  }

  /// Edits a template; its components are replaced whole. An unknown outcome is settled by reading it.
  package func editTemplate(id: String, body: [UInt8], token: Secret) async throws(GraphFailure) {
    try success(try await call("POST", "/\(PercentEncoding.encode(id))", token: token, body: body))
  }

  /// Deletes one language of a template, or all of them when no id is given. Settled by reading.
  package func deleteTemplate(
    wabaID: String, name: String, id: String?, token: Secret
  ) async throws(GraphFailure) {
    var query = [("name", name)]
    if let id { query.append(("hsm_id", id)) }
    try success(
      try await call(
        "DELETE", "/\(PercentEncoding.encode(wabaID))/message_templates", query: query, token: token))
  }

  /// Ends a pause that pacing has set. Settled by reading.
  package func unpauseTemplate(id: String, token: Secret) async throws(GraphFailure) {
    try success(try await call("POST", "/\(PercentEncoding.encode(id))/unpause", token: token, body: Array("{}".utf8)))
  }
}
