import Contracts
import Crypto
import JSON
import Outbound
import SenderRegistryHarness
import Store
import Telemetry
import TestSupport
import Testing
import Wire

@testable import SenderRegistry

/// API keys over the REST API, and the rate each may ask at.
@Suite struct KeyTests {
  private func make(
    _ harness: SenderRegistryHarness, _ body: String = #"{"name":"Till","role":"operator"}"#, key: String? = nil
  ) async throws -> (id: String, key: String) {
    let answer = try await harness.request("POST", "/v1/keys", body: body, key: key)
    #expect(answer.status == 201, "\(answer.json)")
    return (try #require(answer.json["id"]?.string), try #require(answer.json["key"]?.string))
  }

  private func code(
    _ harness: SenderRegistryHarness, _ method: String, _ path: String, _ body: String? = nil, key: String? = nil,
    headers: [(String, String)] = []
  ) async throws -> String {
    let answer = try await harness.request(method, path, body: body, headers: headers, key: key)
    return "\(answer.status) \(answer.json["code"]?.string ?? "")"
  }

  @Test func `a key is shown once, opens the door with its role, and is listed without its text`() async throws {
    try await SenderRegistryHarness.run { harness in
      let made = try await make(harness)
      #expect(try await harness.request("GET", "/v1/senders", key: made.key).status == 200)
      #expect(try await code(harness, "GET", "/v1/keys", key: made.key) == "403 ROLE_TOO_LOW")
      let one = try await harness.request("GET", "/v1/keys/\(made.id)")
      #expect(one.json["prefix"]?.string == String(made.key.prefix(10)) && one.json["role"]?.string == "operator")
      #expect(one.json["last_used_at"]?.string != nil && one.json["revoked_at"] == nil)
      let list = try await harness.request("GET", "/v1/keys")
      #expect(list.json["data"]?.array?.count == 2)
      for answer in [one.json, list.json] {
        let text = "\(answer)"
        #expect(!text.contains(made.key) && !text.lowercased().contains("hash"))
      }
      let me = try await harness.request("GET", "/v1/me", key: made.key)
      #expect(me.json["key"]?["id"]?.string == made.id && me.json["role"]?.string == "operator")
      #expect(me.json["account"]?["is_operator"]?.bool == true)
      let stored = try await harness.database.read {
        try $0.all("SELECT name || prefix FROM api_keys") { try $0.text(0) }
      }
      #expect(!stored.joined().contains(made.key))
    }
  }

  @Test func `a revoked key stops at once and stays listed`() async throws {
    try await SenderRegistryHarness.run { harness in
      let made = try await make(harness, #"{"name":"Admin","role":"admin"}"#)
      #expect(try await harness.request("GET", "/v1/keys", key: made.key).status == 200)
      let revoked = try await harness.request("DELETE", "/v1/keys/\(made.id)")
      #expect(revoked.status == 200 && revoked.json["revoked_at"]?.string != nil)
      #expect(try await code(harness, "GET", "/v1/me", key: made.key) == "401 API_KEY_INVALID")
      #expect(try await harness.request("DELETE", "/v1/keys/\(made.id)").json == revoked.json)
      #expect(try await harness.request("GET", "/v1/keys/\(made.id)").json == revoked.json)
      #expect(
        try await code(harness, "PATCH", "/v1/keys/\(made.id)", #"{"name":"Again"}"#) == "409 KEY_REVOKED")
    }
  }

  @Test func `the last admin key of an account and the key from the file are not revoked`() async throws {
    try await SenderRegistryHarness.run { harness in
      let keys = try await harness.request("GET", "/v1/keys")
      let fileKey = try #require(keys.json["data"]?[0]?["id"]?.string)
      #expect(keys.json["data"]?[0]?["is_from_file"]?.bool == true)
      #expect(try await code(harness, "DELETE", "/v1/keys/\(fileKey)") == "409 KEY_FROM_FILE")
      #expect(try await code(harness, "PATCH", "/v1/keys/\(fileKey)", #"{"name":"x"}"#) == "409 KEY_FROM_FILE")

      let (_, first) = try await harness.makeAccount("tenant")
      let own = try await harness.request("GET", "/v1/me", key: first)
      let firstID = try #require(own.json["key"]?["id"]?.string)
      #expect(try await code(harness, "DELETE", "/v1/keys/\(firstID)", key: first) == "409 LAST_ADMIN_KEY")
      // Letting it run out soon is the same.
      let soon = #"{"expires_at":"\#(Timestamp(milliseconds: WallClock.system.now + 60_000))"}"#
      #expect(try await code(harness, "PATCH", "/v1/keys/\(firstID)", soon, key: first) == "409 LAST_ADMIN_KEY")
      // An operator's key is no admin's, and one that has expired works no more.
      let till = try await make(harness, key: first)
      let late = try await make(harness, #"{"name":"Late","role":"admin"}"#, key: first)
      try await harness.database.write { try $0.execute("UPDATE api_keys SET expires_at = 1 WHERE id = ?", late.id) }
      #expect(try await code(harness, "DELETE", "/v1/keys/\(firstID)", key: first) == "409 LAST_ADMIN_KEY")
      #expect(try await harness.request("DELETE", "/v1/keys/\(till.id)", key: first).status == 200)
      let second = try await make(harness, #"{"name":"Second","role":"admin"}"#, key: first)
      #expect(try await harness.request("DELETE", "/v1/keys/\(firstID)", key: first).status == 200)
      #expect(try await harness.request("GET", "/v1/keys", key: second.key).status == 200)
    }
  }

  @Test func `name, expiry and rate are changed; null unsets; a stale version is refused`() async throws {
    try await SenderRegistryHarness.run { harness in
      let made = try await make(harness)
      let soon = Timestamp(milliseconds: WallClock.system.now + 3_600_000).description
      let path = "/v1/keys/\(made.id)"
      let changed = try await harness.request(
        "PATCH", path, body: #"{"name":"  Kiosk ","expires_at":"\#(soon)","rate_per_second":7}"#,
        headers: [("If-Match", "\"1\"")])
      #expect(changed.status == 200 && changed.json["name"]?.string == "Kiosk")
      #expect(changed.json["expires_at"]?.string == soon && changed.json["rate_per_second"]?.int64 == 7)
      #expect(changed.headers["ETag"] == "\"2\"")
      let unset = try await harness.request("PATCH", path, body: #"{"expires_at":null,"rate_per_second":null}"#)
      #expect(unset.json["expires_at"] == nil && unset.json["rate_per_second"] == nil)
      #expect(unset.json["name"]?.string == "Kiosk" && unset.json["version"]?.int64 == 3)
      // A merge that changes nothing is no new version.
      #expect(try await harness.request("PATCH", path, body: #"{"name":"Kiosk"}"#).json == unset.json)
      let stale = try await code(
        harness, "PATCH", path, #"{"name":"Other"}"#, headers: [("If-Match", "\"2\"")])
      #expect(stale == "412 VERSION_CHANGED")
      #expect(try await code(harness, "DELETE", path, headers: [("If-Match", "\"2\"")]) == "412 VERSION_CHANGED")
    }
  }

  @Test(arguments: [
    (#"{"name":"","role":"viewer"}"#, "NAME_INVALID", "name"),
    (#"{"name":" \t ","role":"viewer"}"#, "NAME_INVALID", "name"),
    (#"{"name":"a\u0000b","role":"viewer"}"#, "NAME_INVALID", "name"),
    (#"{"name":"x","role":"root"}"#, "BAD_PARAMS", "role"),
    (#"{"name":"x","role":"viewer","expires_at":"2001-01-01T00:00:00Z"}"#, "EXPIRY_INVALID", "expires_at"),
    (#"{"name":"x","role":"viewer","expires_at":"2101-01-01T00:00:00Z"}"#, "EXPIRY_INVALID", "expires_at"),
    (#"{"name":"x","role":"viewer","expires_at":"soon"}"#, "BAD_PARAMS", "expires_at"),
    (#"{"name":"x","role":"viewer","rate_per_second":0}"#, "RATE_OUT_OF_RANGE", "rate_per_second"),
    (#"{"name":"x","role":"viewer","rate_per_second":51}"#, "RATE_OUT_OF_RANGE", "rate_per_second"),
  ])
  func `a key that cannot be is refused by field`(body: String, code: String, field: String) async throws {
    try await SenderRegistryHarness.run { harness in
      let answer = try await harness.request("POST", "/v1/keys", body: body)
      #expect(answer.status == 400 && answer.json["code"]?.string == code, "\(answer.json)")
      #expect(answer.json["field"]?.string == field)
      #expect(try await harness.request("GET", "/v1/keys").json["data"]?.array?.count == 1)
    }
  }

  @Test func `names have 1 to 80 characters that show`() {
    #expect(AccessRules.name(String(repeating: "ä", count: 80)) != nil)
    #expect(AccessRules.name(String(repeating: "ä", count: 81)) == nil)
    #expect(AccessRules.name("a\u{202E}b") == nil)
    #expect(AccessRules.name("a\u{2028}b") == nil)
    #expect(AccessRules.name(" Café 👩‍🍳 ") == "Café 👩‍🍳")
  }

  @Test func `an account has 200 keys that work, and forgets the oldest that ended`() async throws {
    try await SenderRegistryHarness.run { harness in
      let account = try await harness.account
      func add(_ count: Int, revoked: Int64?) async throws {
        try await harness.database.write { connection in
          for _ in 0..<count {
            try connection.execute(
              """
              INSERT INTO api_keys (id, account_id, name, role, hash, prefix, origin, created_at, revoked_at)
              VALUES (?, ?, 'filler', 'viewer', ?, 'wsk_filler', 'made', 1, ?)
              """, "key_" + ULID.make(milliseconds: 1), account.text, RandomBytes.make(32), revoked)
          }
        }
      }
      // With the key from the file there are 199.
      try await add(AccessRules.liveKeys - 2, revoked: nil)
      let last = try await make(harness)
      #expect(
        try await code(harness, "POST", "/v1/keys", #"{"name":"x","role":"viewer"}"#) == "409 KEY_LIMIT_REACHED")
      #expect(try await harness.request("DELETE", "/v1/keys/\(last.id)").status == 200)
      try await add(AccessRules.endedKeys + 4, revoked: 1)
      _ = try await make(harness)
      let ended = try await harness.database.read {
        try $0.first("SELECT count(*) FROM api_keys WHERE revoked_at IS NOT NULL") { try $0.int(0) }
      }
      #expect(ended == AccessRules.endedKeys)
    }
  }

  @Test func `keys go through their pages, and no key of another account is seen or touched`() async throws {
    try await SenderRegistryHarness.run { harness in
      let (_, stranger) = try await harness.makeAccount("stranger")
      let made = try await make(harness)
      for _ in 0..<3 { _ = try await make(harness) }
      var seen: [String] = []
      var cursor = ""
      for _ in 0..<5 {
        let page = try await harness.request("GET", "/v1/keys?limit=2" + cursor)
        seen += page.json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
        guard let next = page.json["next_cursor"]?.string else { break }
        cursor = "&cursor=\(next)"
      }
      #expect(seen.count == 5 && Set(seen).count == 5)
      for (method, body) in [("GET", nil), ("PATCH", #"{"name":"x"}"#), ("DELETE", nil)] as [(String, String?)] {
        #expect(
          try await code(harness, method, "/v1/keys/\(made.id)", body, key: stranger) == "404 KEY_NOT_FOUND",
          "\(method)")
      }
      #expect(try await harness.request("GET", "/v1/keys", key: stranger).json["data"]?.array?.count == 1)
    }
  }

  @Test func `a key has the rate it was given, is told where it stands, and when to come back`() async throws {
    try await SenderRegistryHarness.run { harness in
      let slow = try await make(harness, #"{"name":"Slow","role":"viewer","rate_per_second":1}"#)
      var refused: (status: Int, json: JSONValue, headers: String)?
      for number in 0..<20 {
        let answer = try await harness.request("GET", "/v1/me", key: slow.key)
        #expect(answer.headers["RateLimit-Policy"] == "\"key\";q=2;w=2")
        if number == 0 { #expect(answer.headers["RateLimit"] == "\"key\";r=1;t=1") }
        if answer.status == 429 {
          refused = (answer.status, answer.json, answer.headers["Retry-After"] ?? "")
          #expect(answer.headers["RateLimit"]?.hasPrefix("\"key\";r=0;t=") == true)
          break
        }
      }
      #expect(refused?.json["code"]?.string == "RATE_LIMITED" && refused?.headers == "1")
      // The others have the service's own.
      let other = try await harness.request("GET", "/v1/me")
      #expect(other.status == 200 && other.headers["RateLimit-Policy"] == "\"key\";q=100;w=2")
    }
  }

  @Test func `a rate that is changed counts from the next request`() {
    let clock = TestClock()
    let rates = RateLimiter<String>(perSecond: 10, clock: clock.clock)
    #expect(rates.draw("a").remaining == 19)
    #expect(rates.draw("a", perSecond: 1).remaining == 1)
    #expect(rates.draw("a", perSecond: 1).remaining == 0)
    #expect(rates.draw("a", perSecond: 1).wait == 1_000)
    clock.advance(by: .seconds(1))
    let standing = rates.draw("a", perSecond: 5)
    #expect(standing.wait == nil && standing.quota == 10 && standing.window == 2)
  }
}
