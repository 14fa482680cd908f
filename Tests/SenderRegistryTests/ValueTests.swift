import Contracts
import Crypto
import GraphAPI
import Testing

@testable import SenderRegistry

@Suite struct ValueTests {
  @Test func `a display name has 2 to 75 characters and no control characters`() {
    #expect(DisplayName.parse("  Shop \n") == "Shop")
    #expect(DisplayName.parse("é" + String(repeating: "x", count: 74))?.count == 75)
    for wrong in ["", " ", "x", " x ", String(repeating: "x", count: 76), "a\u{0}b", "a\nb"] {
      #expect(DisplayName.parse(wrong) == nil, "\(wrong.debugDescription)")
    }
  }

  @Test func `a display name hides nothing`() {
    for wrong in ["Pay\u{202E}lap", "Sh\u{200B}op", "\u{FEFF}Shop", "Sh\u{AD}op", "Sh\u{2066}op", "Shop\u{E0067}"] {
      #expect(DisplayName.parse(wrong) == nil, "\(wrong.debugDescription)")
    }
    for right in ["می\u{200C}خواهم", "👩\u{200D}🍳 Küche"] { #expect(DisplayName.parse(right) == right) }
  }

  @Test func `an id of Meta's is digits and nothing that could leave its place in a URL`() {
    #expect(MetaIdentifier.isValid("102290129340398"))
    for wrong in ["", "12a", "1/2", "..", "１", "1 ", String(repeating: "1", count: 33)] {
      #expect(!MetaIdentifier.isValid(wrong), "\(wrong)")
    }
  }

  @Test func `pauses double up to the longest and end with the tries`() {
    let backoff = Backoff(attempts: 9, firstMilliseconds: 1_000, longestMilliseconds: 60_000)
    #expect(
      (1...9).map { backoff.pause(after: $0) } == [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, nil])
  }

  @Test func `a key is recognised by its text and known by its hash only`() throws {
    let text = try #require(APIKeyText.generate().string)
    let key = try #require(APIKeyText(text))
    #expect(text.hasPrefix(key.prefix) && key.prefix.count == 10)
    #expect(key.hash.count == 32)
    for wrong in ["", "wsk_", String(text.dropLast()), text + "A", "wsx" + text.dropFirst(3), text.dropLast() + "="] {
      #expect(APIKeyText(String(wrong)) == nil, "\(wrong)")
    }
  }

  private static let codes: [(OnboardingStep.Name, GraphError, String)] = [
    (.exchangeCode, error(100, "This authorization code has expired."), "SIGNUP_CODE_EXPIRED"),
    (.exchangeCode, error(100, "This authorization code has been used."), "SIGNUP_CODE_SPENT"),
    (.exchangeCode, error(100, "Invalid verification code format."), "SIGNUP_CODE_REFUSED"),
    (.exchangeCode, error(1, "Error validating client secret."), "APP_CREDENTIALS_WRONG"),
    (.exchangeCode, error(101, "Error validating application."), "APP_CREDENTIALS_WRONG"),
    (.matchNumber, error(190, "Error validating access token"), "TOKEN_INVALID"),
    (.subscribeApp, error(200, "Permissions error"), "TOKEN_LACKS_PERMISSION"),
    (.subscribeApp, error(10, "Application does not have permission"), "TOKEN_LACKS_PERMISSION"),
    (.matchNumber, error(100, "Object does not exist"), "NUMBER_NOT_FOUND"),
    (.readNumber, error(33, "deleted"), "NUMBER_NOT_FOUND"),
    (.register, error(133_016, "Account register limit"), "REGISTER_LIMIT"),
    (.register, error(133_005, "Two-step verification PIN mismatch"), "PIN_WRONG"),
    (.register, error(133_008, "Too many guesses"), "PIN_LOCKED"),
    (.register, error(133_009, "Guessed too fast"), "PIN_LOCKED"),
    (.register, error(133_006, "Phone number needs to be verified"), "NUMBER_NOT_VERIFIED"),
    (.register, error(133_015, "Please wait a few minutes"), "NUMBER_JUST_DELETED"),
    (.register, error(999_999, "something new"), "META_REFUSED"),
    (.addNumber, error(136_025, "something else"), "META_REFUSED"),
  ]

  private static func error(_ code: Int, _ message: String) -> GraphError {
    GraphError(httpStatus: 400, code: code, message: message)
  }

  @Test func `each refusal of Meta's has a stable code and a next step`() {
    for (step, error, code) in Self.codes {
      let reason = OnboardingFailure.reason(for: error, at: step, now: 0)
      #expect(reason.code == code, "\(step) \(error.code)")
      #expect(!reason.message.isEmpty && !reason.nextStep.isEmpty)
    }
  }
}
