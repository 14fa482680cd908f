package import Store

extension ReceiptsService {
  /// The service's tables, for programs that open its database beside it: benchmarks and tests.
  package static var migrations: [Migration] { Schema.migrations }
}
