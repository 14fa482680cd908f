/// Whether a service answers. Every service has it, for every peer that has proven itself.
package struct HealthCheck: Call {
  package static let method = "health.check"
  package static let summary = "Whether this service answers, and its name."
  package static let callers: Set<ServiceName> = [.anyone]
  package static let isIdempotent = true

  package init() {}

  package struct Reply: Codable, Sendable, Equatable {
    /// Always `serving`: a service that cannot serve does not answer, one that is stopping refuses calls.
    package var status: String
    package var service: ServiceName

    package init(status: String, service: ServiceName) {
      self.status = status
      self.service = service
    }
  }
}
