package import Store

extension MessagingRouterService {
  /// The schema, for tools that open a stopped router's database.
  package static var migrations: [Migration] { Schema.migrations }
}
