import Foundation

/// A delegate queue that runs each block at once on the session's own work queue.
///
/// A real operation queue puts an unbounded buffer between libcurl and the delegate, so a body limit would act
/// late, and costs about a quarter of the requests per second. Running in place, the delegate sees each byte
/// before the next one is read.
final class InlineOperationQueue: OperationQueue, @unchecked Sendable {
  // `@unchecked Sendable` as its superclass declares; it adds no state.
  override func addOperation(_ block: @escaping @Sendable () -> Void) { block() }
}
