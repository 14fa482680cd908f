import Contracts
import HTTP
import JSON
import Telemetry
import Wire

/// Changes and the entries around them.
extension RESTGateway {
  /// How long a change waits for what was there before: then the entry goes without.
  private static let patience = Duration.seconds(1)

  /// Performs a call with an entry in the audit log around it. `reader` reads what is at the same address.
  func audited(
    _ request: HTTPRequest, _ endpoint: RESTEndpoint, reader: RESTEndpoint?, _ params: [UInt8], _ key: APIKeyRow,
    _ context: CallContext
  ) async throws -> [UInt8] {
    var before: [UInt8]?
    if let reader, endpoint.route.method != .post { before = await read(reader, request, context) }
    let wish = AuditTrail.Wish(
      method: endpoint.method, targets: Self.targets(request, endpoint.route), request: params, before: before,
      secretFields: endpoint.secretFields)
    return try await audit.record(
      wish, by: AuditTrail.Actor(id: key.id.text, account: key.accountID), requestID: context.trace?.traceID
    ) {
      try await call(endpoint, params, context).get()
    } outcome: { reply in
      let status = endpoint.route.successStatus
      return AuditTrail.Outcome(status: status, answer: status == 204 ? nil : reply)
    }
  }

  /// As `audited`, for an endpoint that is no call: of its body only kind and length are kept.
  func audited(
    _ request: HTTPRequest, _ endpoint: RawEndpoint, _ key: APIKeyRow, _ context: CallContext,
    _ perform: () async throws -> HTTPResponse
  ) async throws -> HTTPResponse {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("content_type")
    writer.string(RESTParameters.contentType(request) ?? "")
    writer.key("bytes")
    writer.integer(request.body.count)
    writer.endObject()
    let wish = AuditTrail.Wish(
      method: endpoint.name, targets: Self.targets(request, endpoint.route), request: writer.finish())
    return try await audit.record(
      wish, by: AuditTrail.Actor(id: key.id.text, account: key.accountID), requestID: context.trace?.traceID, perform
    ) { AuditTrail.Outcome(status: $0.status) }
  }

  /// The ids in the path.
  private static func targets(_ request: HTTPRequest, _ route: Route) -> [String] {
    route.parameters.filter { !SecretBlanking.isDoor($0) }.compactMap { request.pathParameters[$0] }
      .filter { $0.utf8.count <= 64 }
  }

  private func read(_ reader: RESTEndpoint, _ request: HTTPRequest, _ context: CallContext) async -> [UInt8]? {
    var writer = JSONWriter()
    writer.beginObject()
    for name in reader.route.parameters {
      writer.key(name)
      writer.string(request.pathParameters[name] ?? "")
    }
    writer.endObject()
    var context = context
    context.key = nil
    context.deadline = min(context.deadline, .after(Self.patience))
    return try? await call(reader, writer.finish(), context).get()
  }
}
