extension Router {
  /// The router with the methods every service has: `health.check` and `rpc.describe`.
  package func withBuiltIns(of service: ServiceName) -> Router {
    var router = self
    if methods[HealthCheck.method] == nil {
      router.on { (_: HealthCheck, _) in HealthCheck.Reply(status: "serving", service: service) }
    }
    if methods[Describe.method] == nil {
      router.on { [described = router] (call: Describe, _) in described.describe(service, call) }
    }
    return router
  }

  private func describe(_ service: ServiceName, _ call: Describe) -> Describe.Reply {
    let found = methods.values.filter { $0.name.hasPrefix(call.prefix ?? "") }.sorted { $0.name < $1.name }
    return Describe.Reply(
      service: service, versionMin: Hello.spokenVersions.lowerBound, versionMax: Hello.spokenVersions.upperBound,
      methods: found.map(\.description))
  }
}
