import Foundation
import TestSupport
import Testing

/// What the manifest cannot say about who imports whom, and what lies where.
@Suite struct LayoutTests {
  @Test(arguments: [
    ("CEpoll", "Shared/Transport"), ("CSQLite", "Shared/Store"), ("FoundationNetworking", "Shared/Outbound"),
  ])
  func `a foreign interface has one importer`(module: String, home: String) throws {
    for file in try swiftFiles(under: ["Shared", "Services"]) where try imports(of: file).contains(module) {
      #expect(file.hasPrefix(home + "/"), "\(file) imports \(module)")
    }
  }

  @Test func `domain files import values only`() throws {
    // Meta's and the carrier's errors and numbers are values too; their clients are not used there, or they would be
    // awaited.
    let allowed: Set<String> = [
      "Foundation", "FoundationEssentials", "CarrierAPI", "Contracts", "Crypto", "GraphAPI", "JSON",
    ]
    for file in try swiftFiles(under: ["Services"]) where file.contains("/Domain/") {
      let others = try imports(of: file).subtracting(allowed)
      #expect(others.isEmpty, "\(file) imports \(others.sorted())")
    }
  }

  @Test func `no service imports another, and nothing in Shared imports a service`() throws {
    let services: Set<String> = ["SenderRegistry", "Verifier", "MessagingRouter", "Receipts"]
    for file in try swiftFiles(under: ["Shared", "Services"]) where !file.contains("/Main/") {
      #expect(try imports(of: file).isDisjoint(with: services), "\(file)")
    }
  }

  @Test func `the top level is what the README says`() throws {
    let allowed: Set<String> = [
      "Package.swift", "Services", "Shared", "Tests", "compose", "scripts", "README.md", "CONTRIBUTING.md", "LICENSE",
    ]
    let found = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root)
    let others = found.filter { !allowed.contains($0) && !$0.hasPrefix(".") && $0 != "Package.resolved" }
    #expect(others.isEmpty)
  }

  @Test func `each folder of Shared has its paragraph`() throws {
    let text = try String(contentsOfFile: SourceTree.root + "/Shared/README.md", encoding: .utf8)
    for folder in try FileManager.default.contentsOfDirectory(atPath: SourceTree.root + "/Shared")
    where !folder.contains(".") {
      #expect(text.contains("**\(folder)**"), "\(folder)")
    }
  }

  private func swiftFiles(under folders: [String]) throws -> [String] {
    var found: [String] = []
    for folder in folders {
      let enumerator = FileManager.default.enumerator(atPath: SourceTree.root + "/" + folder)
      while let file = enumerator?.nextObject() as? String {
        if file.hasSuffix(".swift") { found.append(folder + "/" + file) }
      }
    }
    #expect(found.count > 50)
    return found
  }

  private func imports(of file: String) throws -> Set<String> {
    let text = try String(contentsOfFile: SourceTree.root + "/" + file, encoding: .utf8)
    var modules: Set<String> = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let index = words.firstIndex(of: "import"), index <= 1, words.count > index + 1 else { continue }
      if index == 1, words[0] != "package" { continue }
      modules.insert(String(words[index + 1]))
    }
    return modules
  }
}
