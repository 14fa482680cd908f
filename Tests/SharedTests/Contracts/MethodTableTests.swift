import Contracts
import Foundation
import JSON
import TestSupport
import Testing
import Wire

/// The docs' table of methods says what the contracts say.
@Suite struct MethodTableTests {
  private static let path = SourceTree.root + "/Shared/Contracts/METHODS.md"

  /// `WSS_WRITE_DOCS=1 scripts/test --filter MethodTable` writes it anew.
  @Test func `the table of methods is what the contracts generate`() throws {
    let generated = MethodTable.text
    if ProcessInfo.processInfo.environment["WSS_WRITE_DOCS"] == "1" {
      try generated.write(toFile: Self.path, atomically: true, encoding: .utf8)
    }
    let written = try String(contentsOfFile: Self.path, encoding: .utf8)
    #expect(written == generated, "run WSS_WRITE_DOCS=1 scripts/test --filter MethodTable")
  }

  @Test func `every method is named owner, resource, verb, once`() {
    var names: Set<String> = []
    for contract in ServiceContracts.all {
      for call in contract.calls {
        #expect(call.method.split(separator: ".").count == 3, "\(call.method)")
        #expect(names.insert(call.method).inserted, "\(call.method) is declared twice")
        #expect(!call.summary.isEmpty)
      }
    }
  }

  @Test func `no two calls share a route, and every path parameter is a field of its call`() {
    var routes: Set<String> = []
    for contract in ServiceContracts.all {
      for call in contract.calls {
        guard let route = call.route else { continue }
        #expect(routes.insert("\(route.method.rawValue) \(route.path)").inserted, "\(route.path)")
        let fields = MethodTable.fields(of: call).map(\.name)
        for parameter in route.parameters { #expect(fields.contains(parameter), "\(call.method): \(parameter)") }
      }
    }
  }

  /// Lists that are short by their nature, each with its bound.
  private static let whole: Set<String> = [
    "registry.sender.steps",  // as many as there are steps
    "registry.number.search",  // the carrier's first offers
    "registry.tiers.list",  // as many as Meta has
    "registry.category.list",  // as many as Meta has
    "registry.requirement.list",  // as many as there are conditions
    "verifier.recording.list",  // as many as calls are answered in a verification
  ]

  @Test func `every list comes in pages`() {
    var pages = 0
    for contract in ServiceContracts.all {
      for call in contract.calls where call.route != nil && MethodTable.isPage(call) {
        pages += 1
        let fields = Set(MethodTable.fields(of: call).map(\.name))
        #expect(fields.isSuperset(of: ["limit", "cursor"]) != Self.whole.contains(call.method), "\(call.method)")
      }
    }
    #expect(pages >= 5)
  }

  @Test func `every request and reply has a complete schema`() {
    for contract in ServiceContracts.all {
      for call in contract.calls {
        for schema in MethodTable.schemas(of: call) {
          #expect(!MethodTable.isIncomplete(schema), "\(call.method): \(schema)")
        }
      }
    }
  }
}
