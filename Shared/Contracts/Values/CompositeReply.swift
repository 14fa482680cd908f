/// A reply that shows more than its `version` counts: parts of other services, or what is read at the moment.
///
/// Two of the same version may differ, so the front door adds a fingerprint of the whole to their `ETag`.
package protocol CompositeReply {}

/// The assistant is the router's, and missing while the router is away.
extension Sender: CompositeReply {}
