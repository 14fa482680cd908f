/// One method of a service with its types erased.
package struct RouterMethod: Sendable {
  package let name: String
  package let summary: String
  package let callers: Set<ServiceName>
  package let deadline: Duration
  package let isIdempotent: Bool
  package let route: Route?
  let handler: any Sendable
  let perform: @Sendable (JSONNode, CallContext) async -> Result<[UInt8], CallFailure>

  init<C: Call>(_ answer: @escaping @Sendable (C, CallContext) async throws -> C.Reply) {
    name = C.method
    summary = C.summary
    callers = C.callers
    deadline = C.deadline
    isIdempotent = C.isIdempotent
    route = C.route
    handler = RouterHandler<C>(answer: answer)
    perform = { params, context in
      do {
        let call = try params.decode(C.self)
        return .success(try JSONCoder.encode(try await answer(call, context)))
      } catch {
        return .failure((error as? CallFailure) ?? .internal())
      }
    }
  }

  /// Whether `caller` may call it.
  package func admits(_ caller: ServiceName) -> Bool { callers.contains(caller) || callers.contains(.anyone) }
}
