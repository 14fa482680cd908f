import HTTP
import JSON

/// Graph's HTTP side: reads a request into a call, lets faults strike, answers in Meta's shapes.
struct GraphDoor: Sendable {
  let graph: MetaGraph
  let faults: FaultBook

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    do throws(GraphError) {
      let call = try Self.read(request)
      guard let operation = graph.operation(of: call) else {
        throw GraphError.unknownPath("/" + call.segments.joined(separator: "/"))
      }
      let door = Door(name: operation.door(call), faults: faults)
      graph.count(call.method, door.name)
      if case .verifyCode(let id) = operation { graph.codeArrived(call, id) }
      if case .messages(let id) = operation { return await messages(call, id, door) }
      return await door.pass(
        work: { HTTPResponse(await graph.answer(call, as: operation)) },
        refusal: { HTTPResponse(GraphReply(Self.error(of: $0))) })
    } catch {
      return HTTPResponse(GraphReply(error))
    }
  }

  private func messages(_ call: GraphCall, _ id: String, _ door: Door) async -> HTTPResponse {
    let desk = MessageDesk(graph: graph)
    let arrival = desk.arrive(call, numberID: id)
    return await door.pass(
      work: { HTTPResponse(desk.decide(arrival)) },
      refusal: { fault in
        let error = Self.error(of: fault)
        if let index = arrival.index { graph.ledger.refused(index, code: error.code) }
        return HTTPResponse(GraphReply(error))
      },
      lost: { if let index = arrival.index { graph.ledger.answerLost(index) } })
  }

  /// What Graph says for an ordered status: its own words for "too many calls" and "down".
  static func error(of fault: Fault) -> GraphError {
    let parameters = fault.parameters
    if fault.kind == .errorCode { return GraphError.ordered(parameters.code ?? 131000, parameters) }
    let status = parameters.status ?? 500
    let code =
      switch status {
      case 401: 190
      case 403: 10
      case 429: 80007
      case 503: 2
      default: status >= 500 ? 131000 : 1
      }
    var worded = parameters
    worded.status = status
    return GraphError.ordered(parameters.code ?? code, worded)
  }

  /// Splits off the version (`v26.0`, or none) and gathers the parameters.
  static func read(_ request: HTTPRequest) throws(GraphError) -> GraphCall {
    var segments = request.path.split(separator: "/").map(String.init)
    if let first = segments.first, isVersion(first) { segments.removeFirst() }
    var fields = PercentCoding.fields(request.head.query ?? "")
    if segments.first?.hasPrefix("upload:") == true {
      return GraphCall(
        method: request.method, segments: segments, bearer: bearer(request), fields: fields, body: nil,
        raw: request.body, fileOffset: request.headers["file_offset"].flatMap { Int($0) })
    }
    var body: JSONNode?
    if !request.body.isEmpty {
      let type = request.headers["content-type"]?.lowercased() ?? ""
      if type.hasPrefix("application/x-www-form-urlencoded") {
        fields += PercentCoding.fields(String(decoding: request.body, as: UTF8.self))
      } else {
        do throws(JSONFailure) {
          body = try JSONDocument(parsing: request.body).root
        } catch {
          throw GraphError(100, "(#100) The request body is not valid JSON", details: error.description)
        }
      }
    }
    return GraphCall(
      method: request.method, segments: segments, bearer: bearer(request), fields: fields, body: body)
  }

  private static func bearer(_ request: HTTPRequest) -> String? {
    guard let header = request.headers["authorization"] else { return nil }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" || parts[0] == "OAuth" else { return nil }
    return String(parts[1])
  }

  /// `v26.0` and the like.
  static func isVersion(_ segment: String) -> Bool {
    guard segment.first == "v" else { return false }
    let parts = segment.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
  }
}
