package import Store

extension SenderRegistryService {
  /// The schema, for tools that open a stopped registry's database.
  package static var migrations: [Migration] { Schema.migrations }
}
