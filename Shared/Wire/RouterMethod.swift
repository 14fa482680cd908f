package import JSON

/// One method of a service with its types erased.
package struct RouterMethod: Sendable {
  package let name: String
  package let summary: String
  package let callers: Set<ServiceName>
  package let deadline: Duration
  package let isIdempotent: Bool
  package let route: Route?
  let handler: any Sendable
  let schemas: @Sendable () -> (params: JSONValue, result: JSONValue)
  /// With an id the reply is written into the frame that answers it, still to be finished; without, as bare JSON.
  package let perform: @Sendable (JSONNode, CallContext, _ id: Int64?) async -> RouterOutcome

  init<C: Call>(_ answer: @escaping @Sendable (C, CallContext) async throws -> C.Reply) {
    name = C.method
    summary = C.summary
    callers = C.callers
    deadline = C.deadline
    isIdempotent = C.isIdempotent
    route = C.route
    handler = RouterHandler<C>(answer: answer)
    schemas = { (JSONSchema.describe(C.self), JSONSchema.describe(C.Reply.self)) }
    perform = { params, context, id in
      let call: C
      do throws(JSONDecodingFailure) {
        call = try params.decode(C.self)
      } catch {
        return .failure(.badParams(error), cause: nil)
      }
      do {
        let reply = try await answer(call, context)
        var writer = id.map { Frame.beginResponse(id: $0) } ?? JSONWriter()
        try JSONCoder.encode(reply, into: &writer)
        return .reply(writer)
      } catch {
        var failure = CallFailure(seenFromOutside: error)
        // It may have come from a service further down; this one has begun.
        failure.started = true
        return .failure(failure, cause: error is CallFailure || error is any CallFailureConvertible ? nil : error)
      }
    }
  }

  /// Whether `caller` may call it.
  package func admits(_ caller: ServiceName) -> Bool { callers.contains(caller) || callers.contains(.anyone) }
}

/// How a handler ended.
package enum RouterOutcome: Sendable {
  /// Written, and to be finished.
  case reply(JSONWriter)
  /// What the caller sees; `cause` is the inner error that the log should have.
  case failure(CallFailure, cause: (any Error)?)
}

extension CallFailure {
  /// Params that are not what the call declares; nothing has begun.
  static func badParams(_ failure: JSONDecodingFailure) -> CallFailure {
    var seen = CallFailure.invalidArgument(
      "BAD_PARAMS", failure.description, field: failure.path.isEmpty ? nil : failure.path)
    seen.started = false
    return seen
  }
}
