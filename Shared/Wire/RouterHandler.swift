/// A handler with its types, kept so that a local call needs no encoding.
struct RouterHandler<C: Call>: Sendable {
  let answer: @Sendable (C, CallContext) async throws -> C.Reply
}
