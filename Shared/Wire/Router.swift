package import JSON

/// A service's methods: which handler answers which call, and who may call it.
package struct Router: Sendable {
  /// The methods with a handler, by name, for `rpc.describe` and the docs.
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

  /// Decodes, handles and encodes: the JSON of the reply, or why there is none. For tests and tools.
  package func call(method: String, params: JSONNode, context: CallContext) async -> Result<[UInt8], CallFailure> {
    guard let found = methods[method] else { return .failure(.unknown(method)) }
    switch await found.perform(params, context, nil) {
    case .reply(let writer): return .success(writer.finish())
    case .failure(let failure, _): return .failure(failure)
    }
  }

  /// Calls the handler with the value itself: for the owner's own REST front end and for tests.
  /// Throws what the handler throws, or `unimplemented`.
  package func callLocally<C: Call>(_ call: C, _ context: CallContext) async throws -> C.Reply {
    guard let handler = methods[C.method]?.handler as? RouterHandler<C> else { throw CallFailure.unknown(C.method) }
    return try await handler.answer(call, context)
  }
}

extension CallFailure {
  /// What a caller sees of any error: its own words if it has some, else `internal` and nothing of the inside.
  package init(seenFromOutside error: any Error) {
    switch error {
    case let failure as CallFailure: self = failure
    case let error as any CallFailureConvertible: self = error.callFailure
    case is CancellationError: self = .cancelled("the call was called off")
    default: self = .internal()
    }
  }

  package static func unknown(_ method: String) -> CallFailure {
    .unimplemented("METHOD_UNKNOWN", "no method \(method.prefix(128)) here")
  }
}
