import Contracts
import HTTP
import JSON
import Outbound
import SenderRegistryHarness
import Testing
import Transport
import Wire

@testable import SenderRegistry

@Suite struct RESTConditionsTests {
  private static func request(_ headers: [(String, String)], target: String = "/", body: String = "") throws
    -> HTTPRequest
  {
    var all = HTTPHeaders()
    for (name, value) in headers { all.add(name, value) }
    if !body.isEmpty { all.add("Content-Type", "application/json") }
    return try HTTPRequest(
      method: "PATCH", target: target, headers: all, body: Array(body.utf8),
      remote: SocketAddress(host: "127.0.0.1", port: 1))
  }

  @Test func `If-Match takes one tag as it was sent, or an asterisk`() throws {
    for (value, version) in [
      ("\"7\"", 7), ("\"7-9f2c41d7a0b3\"", 7), ("\"123456789012\"", 123_456_789_012), ("*", IfVersion.any),
    ] {
      #expect(try RESTConditions.ifMatch(Self.request([("If-Match", value)]), isSupported: true) == version)
    }
    #expect(try RESTConditions.ifMatch(Self.request([]), isSupported: true) == nil)
    for value in [
      "7", "\"\"", "\"7", "\"0\"", "\"-7\"", "\"7.0\"", "\"7-\"", "\"7-9f2c41d7a0bx\"", "\"-9f2c41d7a0b3\"", "W/\"7\"",
      "\"7\", \"8\"", "\"99999999999999999999\"", "",
    ] {
      let request = try Self.request([("If-Match", value)])
      let failure = #expect(throws: CallFailure.self) { try RESTConditions.ifMatch(request, isSupported: true) }
      #expect(failure?.reason == "IF_MATCH_INVALID" && failure?.details?["field"] == "If-Match", "\(value)")
    }
    let twice = try Self.request([("If-Match", "\"7\""), ("If-Match", "\"7\"")])
    #expect(throws: CallFailure.self) { try RESTConditions.ifMatch(twice, isSupported: true) }
    let unsupported = try Self.request([("If-Match", "\"7\"")])
    let failure = #expect(throws: CallFailure.self) { try RESTConditions.ifMatch(unsupported, isSupported: false) }
    #expect(failure?.reason == "IF_MATCH_NOT_SUPPORTED")
  }

  @Test func `If-None-Match is compared weakly, item by item`() throws {
    for value in ["\"7\"", "W/\"7\"", "\"6\", \"7\"", "\"6\" ,\t W/\"7\" ", "*"] {
      #expect(RESTConditions.isKnown("\"7\"", to: try Self.request([("If-None-Match", value)])), "\(value)")
    }
    for value in ["\"77\"", "7", "\"8\"", ""] {
      #expect(!RESTConditions.isKnown("\"7\"", to: try Self.request([("If-None-Match", value)])), "\(value)")
    }
    #expect(!RESTConditions.isKnown("\"7\"", to: try Self.request([])))
  }

  @Test func `the version a change is meant for reaches the owner from the header and nowhere else`() throws {
    let endpoint = try #require(RESTEndpoint(MessagingRouterAPI.UpdateAssistant.self, owner: .messagingRouter))
    #expect(endpoint.takesIfMatch && endpoint.hasVersion && endpoint.fields["if_version"] == nil)
    var request = try Self.request([], body: #"{"name":"Ann","model":null}"#)
    request.pathParameters["id"] = "ast_01JD0000000000000000000000"
    let params = try JSONValue(parsing: try RESTParameters.merge(request, endpoint, ifVersion: 3))
    #expect(
      params == ["if_version": 3, "id": "ast_01JD0000000000000000000000", "name": "Ann", "model": .null])
    for (target, body) in [("/?if_version=3", ""), ("/", #"{"if_version":3}"#)] {
      var smuggled = try Self.request([], target: target, body: body)
      smuggled.pathParameters["id"] = "ast_01JD0000000000000000000000"
      let failure = #expect(throws: CallFailure.self) { try RESTParameters.merge(smuggled, endpoint) }
      #expect(failure?.reason == "UNKNOWN_FIELD" && failure?.details?["field"] == "if_version")
    }
    let list = try #require(RESTEndpoint(SenderRegistryAPI.ListSenders.self, owner: .senderRegistry))
    #expect(!list.takesIfMatch && !list.hasVersion)
  }

  @Test func `a change that came too late is 412, every other collision 409`() {
    let late = #expect(throws: CallFailure.self) { try IfVersion.check(1, current: 2) }
    #expect(late.map(RESTProblem.status) == 412)
    #expect(RESTProblem.status(CallFailure.aborted("IN_PROGRESS", "another one runs")) == 409)
    #expect(RESTProblem.status(CallFailure.failedPrecondition("VERSION_CHANGED", "no")) == 409)
  }

  @Test func `a composite reply's tag changes with what it shows, not only with its version`() throws {
    let one = try RESTConditions.tag(ofReply: Array(#"{"version":7,"ai_enabled":true}"#.utf8), isComposite: true)
    let other = try RESTConditions.tag(ofReply: Array(#"{"version":7,"ai_enabled":false}"#.utf8), isComposite: true)
    #expect(one != nil && one != other)
    #expect(try RESTConditions.tag(ofReply: Array(#"{"version":7,"x":1}"#.utf8), isComposite: false) == "\"7\"")
    #expect(try RESTConditions.tag(ofReply: Array(#"{"name":"x"}"#.utf8), isComposite: true) == nil)
    let get = try #require(RESTEndpoint(SenderRegistryAPI.GetSender.self, owner: .senderRegistry))
    let assistant = try #require(RESTEndpoint(MessagingRouterAPI.GetAssistant.self, owner: .messagingRouter))
    #expect(get.isComposite && !assistant.isComposite)
  }

  @Test func `a sender's version is its tag, and whoever has it is not sent it again`() async throws {
    try await SenderRegistryHarness.run { harness in
      let sender = try await harness.createSender()
      let path = "/v1/senders/\(sender.id)"
      let read = try await harness.request("GET", path)
      let tag = try #require(read.headers["ETag"])
      // A sender shows the router's rows too: a fingerprint stands behind the version.
      let version = read.json["version"]?.int64 ?? 0
      #expect(tag.hasPrefix("\"\(version)-") && tag.utf8.count == "\"\(version)-0123456789ab\"".utf8.count)
      let again = try await harness.request("GET", path, headers: [("If-None-Match", tag)])
      #expect(again.status == 304 && again.headers["ETag"] == tag && again.json == "")
      #expect(again.headers["X-Request-Id"]?.count == 32 && again.headers["Content-Type"] == nil)
      let other = try await harness.request("GET", path, headers: [("If-None-Match", "\"999\"")])
      #expect(other.status == 200 && other.json == read.json)
      let list = try await harness.request("GET", "/v1/senders", headers: [("If-Match", "*")])
      #expect(list.status == 400 && list.json["code"] == "IF_MATCH_NOT_SUPPORTED")
      #expect(list.json["field"] == "If-Match" && list.headers["ETag"] == nil)
    }
  }
}
