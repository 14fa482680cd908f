import Crypto
import Testing

@testable import Receipts

@Suite struct SignedDeliveryTests {
  // Computed with Python's hmac, hashlib and base64 for the key of bytes 0 to 31.
  private let text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  private let body = Array(#"{"event":"message_status","name":"Café"}"#.utf8)
  private let eventID = "evt_01JDGX0000000000000000000A"

  private func signed(_ seconds: Int64) throws -> SignedDelivery {
    let secret = try #require(SigningSecret(Secret(text)))
    return SignedDelivery(body: body, eventID: eventID, timestamp: seconds, secrets: SigningSecrets(secret))
  }

  @Test func `both signatures are those that Python computes`() throws {
    let signed = try signed(1_767_225_600)
    #expect(
      signed.bodySignature == "sha256=24f9658de66457c9f3a5479126fb2e0902f047401c2a94e180858e97767e9688")
    #expect(signed.signature == "v1,9WLd9TO4bYNa2xq3PSGgy4UyfyYU2wjYycOCocqn7NY=")
    #expect(signed.id == eventID && signed.timestamp == "1767225600")
  }

  @Test func `a later attempt has the same id and body signature, and a fresh time and signature`() throws {
    let (first, second) = (try signed(1_767_225_600), try signed(1_767_225_605))
    #expect(second.signature == "v1,ySWKP+mtaQcQOD0omOzgdd//g//iv7NslVzV5bHxarw=")
    #expect(first.id == second.id && first.bodySignature == second.bodySignature)
    #expect(first.timestamp != second.timestamp)
  }

  @Test func `the headers are the four that the documentation names`() throws {
    let names = try signed(0).headers.map(\.name)
    #expect(names == ["X-Signature-256", "webhook-id", "webhook-timestamp", "webhook-signature"])
  }

  @Test func `while two secrets sign the old plain signature stays, and the new one is beside it`() throws {
    let (old, new) = (try #require(SigningSecret(Secret(text))), SigningSecret.make())
    let both = SignedDelivery(
      body: body, eventID: eventID, timestamp: 1_767_225_600, secrets: SigningSecrets(new, previous: old))
    let (alone, after) = (
      try signed(1_767_225_600),
      SignedDelivery(body: body, eventID: eventID, timestamp: 1_767_225_600, secrets: SigningSecrets(new))
    )
    #expect(both.bodySignature == alone.bodySignature && both.nextBodySignature == after.bodySignature)
    #expect(both.signature == "\(after.signature) \(alone.signature)")
    #expect(
      both.headers.map(\.name) == [
        "X-Signature-256", "X-Signature-256-Next", "webhook-id", "webhook-timestamp", "webhook-signature",
      ])
    #expect(after.nextBodySignature == nil && after.signature != alone.signature)
  }

  @Test(arguments: [
    "", "whsec_", "whsec_AAAA", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_not base64 at all not at all",
    "whsec_" + String(repeating: "A", count: 88), "default", "secret",
  ])
  func `what is no secret of ours signs nothing`(text: String) {
    #expect(SigningSecret(Secret(text)) == nil)
  }

  @Test func `a new secret has 32 random bytes, reads back, and does not print itself`() throws {
    let secret = SigningSecret.make()
    let text = try #require(secret.text.string)
    #expect(text.hasPrefix("whsec_") && secret.key.count == 32)
    #expect(try #require(SigningSecret(secret.text)).key == secret.key)
    #expect(SigningSecret.make().text != secret.text)
    #expect(!"\(secret)".contains(text.dropFirst(6)))
  }
}
