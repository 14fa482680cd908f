package import Store

extension VerifierService {
  /// The schema of its database, for those who look into a stopped service's.
  package static var migrations: [Migration] { Schema.migrations }
}
