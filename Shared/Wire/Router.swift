/// A service's methods: which handler answers which call, and who may call it.
package struct Router: Sendable {
  /// The methods with a handler, for `rpc.describe` and the docs.
  package private(set) var methods: [String: RouterMethod] = [:]

  /// A router without methods.
  package init() {}

  /// Answers every `C` with `handler`. One handler a method: a second is our mistake and traps.
  package mutating func on<C: Call>(_ handler: @escaping @Sendable (C, CallContext) async throws -> C.Reply) {
    precondition(methods[C.method] == nil, "two handlers for \(C.method)")
    methods[C.method] = RouterMethod(handler)
  }

  /// The methods among `calls` that nobody answers: a service refuses to start unless it is empty.
  package func unhandled(_ calls: [any Call.Type]) -> [String] {
    calls.map { $0.method }.filter { methods[$0] == nil }.sorted()
  }

  /// Decodes, handles and encodes: the JSON of the reply, or why there is none.
  package func call(method: String, params: JSONNode, context: CallContext) async -> Result<[UInt8], CallFailure> {
    guard let found = methods[method] else { return .failure(.unknown(method)) }
    return await found.perform(params, context)
  }

  /// Calls the handler with the value itself: for the owner's own REST front end and for tests.
  package func callLocally<C: Call>(_ call: C, _ context: CallContext) async throws -> C.Reply {
    guard let handler = methods[C.method]?.handler as? RouterHandler<C> else { throw CallFailure.unknown(C.method) }
    return try await handler.answer(call, context)
  }
}

extension CallFailure {
  static func unknown(_ method: String) -> CallFailure {
    .unimplemented("METHOD_UNKNOWN", "no method \(method.prefix(128)) here")
  }
}
