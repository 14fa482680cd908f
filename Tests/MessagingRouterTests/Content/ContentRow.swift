import Contracts
import JSON
import Testing

@testable import MessagingRouter

/// One request's content as JSON, and what the rules say of it.
struct ContentRow: Sendable, CustomTestStringConvertible {
  let content: String
  /// `CODE field`; nil when Meta takes it.
  let problem: String?

  init(_ content: String, _ problem: String? = nil) {
    self.content = content
    self.problem = problem
  }

  var testDescription: String { "\(content.prefix(120)) → \(problem ?? "taken")" }

  /// The request, as the REST API would hand it over.
  static func request(_ content: String) throws -> MessagingRouterAPI.SendMessage {
    try JSONCoder.decode(
      MessagingRouterAPI.SendMessage.self,
      from: #"{"sender_id":"snd_01JD0000000000000000000000","to":"+16505550100","# + content + "}")
  }

  /// What the rules say.
  static func verdict(_ content: String) throws -> String? {
    let call = try request(content)
    do throws(ContentProblem) {
      try ContentRules.check(try OutgoingContent(call))
      return nil
    } catch {
      #expect(error.message.hasPrefix(error.field + ": "), "\(error.message)")
      return "\(error.code.rawValue) \(error.field)"
    }
  }

  func check() throws { #expect(try Self.verdict(content) == problem) }
}

/// `count` letters.
func letters(_ count: Int) -> String { String(repeating: "x", count: count) }

/// `count` times what `make` makes, as a JSON list.
func list(_ count: Int, _ make: (Int) -> String) -> String { "[" + (0..<count).map(make).joined(separator: ",") + "]" }
