package import Wire

/// The contracts of all services, by the service that owns them.
package enum ServiceContracts {
  package static let all: [(owner: ServiceName, calls: [any Call.Type])] = [
    (.senderRegistry, SenderRegistryAPI.calls),
    (.verifier, VerifierAPI.calls),
    (.messagingRouter, MessagingRouterAPI.calls),
    (.receipts, ReceiptsAPI.calls),
  ]
}
