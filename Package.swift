// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

/// A library in `Shared`. `needs` are the arrows of the architecture: they only ever point downwards.
func shared(_ name: String, _ needs: [Target.Dependency] = [], exclude: [String] = []) -> Target {
  .target(name: name, dependencies: needs, path: "Shared/\(name)", exclude: exclude, swiftSettings: strict)
}

/// Everything a service may import.
let everyShared: [Target.Dependency] = [
  "CarrierAPI", "Contracts", "Crypto", "Daemon", "GraphAPI", "HTTP", "JSON", "Outbound", "Store", "Telemetry",
  "Transport", "Wire", "Workers",
]

/// A service: the library that tests import, its executable (a thin `Main`), and its test target.
func service(_ name: String, _ binary: String, testNeeds: [Target.Dependency] = []) -> [Target] {
  [
    .target(
      name: name, dependencies: everyShared, path: "Services/\(name)", exclude: ["Main", "README.md"],
      swiftSettings: strict),
    .executableTarget(
      name: binary, dependencies: [.target(name: name), "Daemon"], path: "Services/\(name)/Main",
      swiftSettings: strict),
    .testTarget(
      name: name + "Tests", dependencies: [.target(name: name), "TestSupport"] + everyShared + testNeeds,
      path: "Tests/\(name)Tests", swiftSettings: strict),
  ]
}

let package = Package(
  name: "whatsapp-senders",
  targets: [
    .systemLibrary(name: "CSQLite", path: "Shared/System/CSQLite"),
    .systemLibrary(name: "CEpoll", path: "Shared/System/CEpoll"),
    shared("Crypto"),
    shared("JSON"),
    shared("Telemetry", ["Crypto", "JSON"]),
    shared("Wire", ["Crypto", "JSON", "Telemetry"], exclude: ["PROTOCOL.md"]),
    shared("Contracts", ["Crypto", "JSON", "Wire"], exclude: ["METHODS.md"]),
    shared("Transport", ["CEpoll", "Crypto", "JSON", "Telemetry", "Wire"]),
    shared("HTTP", ["JSON", "Telemetry", "Transport"]),
    shared("Store", ["CSQLite", "Telemetry"]),
    shared("Outbound", ["Crypto", "Telemetry", "Transport"]),
    shared("GraphAPI", ["Crypto", "JSON", "Outbound"]),
    shared("CarrierAPI", ["Crypto", "JSON", "Outbound"]),
    shared("Workers", ["Contracts", "Crypto", "JSON", "Store", "Telemetry", "Transport", "Wire"]),
    shared("Daemon", ["Crypto", "HTTP", "JSON", "Outbound", "Store", "Telemetry", "Transport", "Wire", "Workers"]),
    .target(
      name: "TestSupport", dependencies: everyShared, path: "Tests/Support",
      exclude: ["MessagingRouter", "Receipts", "SenderRegistry", "Verifier"], swiftSettings: strict),
    .target(
      name: "MessagingRouterHarness", dependencies: ["MessagingRouter", "TestSupport"] + everyShared,
      path: "Tests/Support/MessagingRouter", swiftSettings: strict),
    .target(
      name: "ReceiptsHarness", dependencies: ["TestSupport"] + everyShared, path: "Tests/Support/Receipts",
      swiftSettings: strict),
    .target(
      name: "SenderRegistryHarness", dependencies: ["SenderRegistry", "TestSupport"] + everyShared,
      path: "Tests/Support/SenderRegistry", swiftSettings: strict),
    .target(
      name: "VerifierHarness", dependencies: ["Verifier", "TestSupport"] + everyShared,
      path: "Tests/Support/Verifier", swiftSettings: strict),
    .target(
      name: "SandboxWorld", dependencies: everyShared, path: "Tests/Sandbox/World", swiftSettings: strict),
    .executableTarget(
      name: "sandbox", dependencies: ["SandboxWorld", "Daemon"], path: "Tests/Sandbox/Main", swiftSettings: strict),
    .executableTarget(
      name: "demo", dependencies: ["JSON", "Outbound"], path: "Tests/Demo", swiftSettings: strict),
    .testTarget(
      name: "SharedTests", dependencies: ["TestSupport"] + everyShared, path: "Tests/SharedTests",
      exclude: ["Wire/wsrpc.py"], swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: ["SenderRegistry", "Verifier", "MessagingRouter", "Receipts", "SandboxWorld", "TestSupport"]
        + everyShared, path: "Tests/EndToEndTests", swiftSettings: strict),
    .executableTarget(
      name: "bench",
      dependencies: ["SenderRegistry", "Verifier", "MessagingRouter", "Receipts", "ReceiptsHarness", "TestSupport"]
        + everyShared, path: "Tests/Bench", swiftSettings: strict),
  ]
    + service("SenderRegistry", "sender-registry", testNeeds: ["SenderRegistryHarness"])
    + service("Verifier", "verifier", testNeeds: ["VerifierHarness"])
    + service("MessagingRouter", "messaging-router", testNeeds: ["MessagingRouterHarness"])
    + service("Receipts", "receipts", testNeeds: ["ReceiptsHarness"]),
  swiftLanguageModes: [.v6]
)
