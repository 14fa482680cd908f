import Contracts
import Testing
import TestSupport

@testable import SenderRegistry

/// One way an onboarding fails: what Meta says, at which step, and the code people see.
struct OnboardingFailureCase: Sendable, CustomTestStringConvertible {
  let what: String
  let code: OnboardingCode
  let step: OnboardingStep.Name
  var isNumberGiven = true
  var event: SignupFinish?
  var settings: [String: String] = [:]
  /// Meta's own words, where the reason must carry them.
  var words: String?
  let prepare: @Sendable (ScriptedGraph) -> Void

  var testDescription: String { "\(code.rawValue): \(what)" }

  private static let register = "POST /1065/register"
  private static let add = "POST /1029/phone_numbers"
  private static let subscribe = "POST /1029/subscribed_apps"
  private static let exchange = "GET /oauth/access_token"
  private static let solutionPartner = [
    "PARTNER_MODE": "solution_partner", "META_BUSINESS_ID": "900", "META_SYSTEM_TOKEN": "EAAsystem",
    "META_CREDIT_LINE_ID": "8888",
  ]
  private static let override = [
    "WEBHOOK_OVERRIDE_URL": "http://127.0.0.1:9/hook", "WEBHOOK_OVERRIDE_VERIFY_TOKEN": "handshake",
  ]

  private static func ordered(
    _ what: String, _ code: OnboardingCode, at step: OnboardingStep.Name, _ path: String,
    _ answers: ScriptedGraph.Answer..., settings: [String: String] = [:], words: String? = nil
  ) -> OnboardingFailureCase {
    OnboardingFailureCase(what: what, code: code, step: step, settings: settings, words: words) { graph in
      for answer in answers { graph.order(path, answer) }
    }
  }

  private static func added(
    _ what: String, _ code: OnboardingCode, _ answer: ScriptedGraph.Answer, words: String? = nil
  ) -> OnboardingFailureCase {
    OnboardingFailureCase(what: what, code: code, step: .addNumber, isNumberGiven: false, words: words) { graph in
      graph.change { $0.hasNumber = false }
      graph.order(add, answer)
    }
  }

  static let all: [OnboardingFailureCase] = signup + numbers + registration

  private static let signup = [
    ordered(
      "the code is too old", .codeExpired, at: .exchangeCode, exchange,
      .refusal(100, "This authorization code has expired.", subcode: 36_007)),
    ordered(
      "the code was used before", .codeSpent, at: .exchangeCode, exchange,
      .refusal(100, "This authorization code has been used.", subcode: 36_009)),
    ordered(
      "the exchange has no usable answer and is never repeated", .codeSpent, at: .exchangeCode, exchange, .garbage),
    ordered(
      "the code is no code", .codeRefused, at: .exchangeCode, exchange,
      .refusal(100, "Invalid verification code format.", subcode: 36_008)),
    ordered(
      "the app secret is wrong", .appCredentialsWrong, at: .exchangeCode, exchange,
      .refusal(1, "Error validating client secret.")),
    ordered(
      "the app is unknown", .appCredentialsWrong, at: .exchangeCode, exchange,
      .refusal(101, "Error validating application. Cannot get application info due to a system error.")),
    OnboardingFailureCase(what: "the token is another app's", code: .tokenInvalid, step: .checkToken) { graph in
      graph.change { $0.appID = "666" }
    },
    ordered(
      "the token ends under way", .tokenInvalid, at: .matchNumber, "GET /1029/phone_numbers",
      .refusal(190, "Error validating access token: Session has expired.", subcode: 463, status: 401)),
    OnboardingFailureCase(what: "another account was granted", code: .tokenLacksAccount, step: .checkToken) { graph in
      graph.change { $0.grantedWABAs = ["9999"] }
    },
    ordered(
      "the account cannot be seen", .tokenLacksAccount, at: .subscribeApp, subscribe,
      .refusal(100, "Unsupported post request. Object with ID '1029' does not exist", subcode: 33)),
    OnboardingFailureCase(
      what: "messaging was not granted", code: .tokenLacksPermission, step: .checkToken
    ) { graph in graph.change { $0.scopes = ["whatsapp_business_management"] } },
    ordered(
      "the permission went away", .tokenLacksPermission, at: .subscribeApp, subscribe,
      .refusal(200, "(#200) Permissions error", status: 403)),
    ordered(
      "the callback does not answer Meta's handshake", .overrideRefused, at: .overrideWebhook, subscribe,
      .body("{\"success\":true}"),
      .refusal(2_200, "(#2200) Callback verification failed with the following errors: HTTP Status Code = 404"),
      settings: override, words: "HTTP Status Code = 404"),
    ordered(
      "the line of credit is not the partner's", .creditNotShared, at: .shareCredit,
      "POST /8888/whatsapp_credit_sharing_and_attach", .refusal(10, "(#10) Application does not have permission"),
      settings: solutionPartner, words: "does not have permission"),
    ordered(
      "Meta never answers", .unreachable, at: .subscribeApp, "GET /1029/subscribed_apps", .garbage, .garbage, .garbage,
      .garbage),
  ]

  private static let numbers = [
    added(
      "the number is on WhatsApp", .numberOnWhatsApp,
      .refusal(
        100, "Invalid parameter", subcode: 2_388_001, title: "Cannot Create Certificate",
        userMessage: "This number is registered to an existing WhatsApp account. To use this number, disconnect it.")),
    added(
      "the number is another account's", .numberInOtherAccount,
      .refusal(
        100, "(#100) Invalid parameter", subcode: 2_388_012,
        details: "The phone number is already in a WhatsApp Business Account.")),
    added(
      "the business has all the numbers it may have", .numberCapReached,
      .refusal(
        200_000, "Cannot add phone number to WhatsApp Business Account", title: "Phone number limit reached",
        userMessage: "You have reached the maximum number of phone numbers for this business.")),
    added(
      "Meta has words of its own", .refused,
      .refusal(300, "Edit failure", userMessage: "Choose another name."), words: "Choose another name."),
    OnboardingFailureCase(what: "the number id is not the account's", code: .numberNotFound, step: .matchNumber) {
      graph in graph.change { $0.hasNumber = false }
    },
    OnboardingFailureCase(
      what: "access alone was granted and the number is not there", code: .numberNotFound, step: .addNumber,
      isNumberGiven: false, event: .onlyAccess
    ) { graph in graph.change { $0.hasNumber = false } },
    OnboardingFailureCase(
      what: "no number lives in the app", code: .numberNotFound, step: .addNumber, isNumberGiven: false,
      event: .businessApp
    ) { graph in graph.change { $0.hasNumber = false } },
    OnboardingFailureCase(what: "the popup's number is another", code: .numberMismatch, step: .matchNumber) { graph in
      graph.change { $0.digits = "14155559999" }
    },
    OnboardingFailureCase(
      what: "the app's number is another", code: .numberMismatch, step: .matchNumber, isNumberGiven: false,
      event: .businessApp
    ) { graph in
      graph.change {
        $0.isOnBizApp = true
        $0.digits = "14155559999"
      }
    },
  ]

  private static let registration = [
    ordered(
      "registered too often", .registerLimit, at: .register, register,
      .refusal(133_016, "(#133016) Account register/deregister rate limit exceeded"), words: "before 2"),
    ordered(
      "another PIN", .pinWrong, at: .register, register,
      .refusal(133_005, "(#133005) Two step verification PIN Mismatch")),
    ordered(
      "too many PINs", .pinLocked, at: .register, register,
      .refusal(133_008, "(#133008) Too Many two step verification PIN Guesses")),
    ordered(
      "PINs too fast", .pinLocked, at: .register, register,
      .refusal(133_009, "(#133009) Two step verification PIN Guessed Too Fast")),
    ordered(
      "verified no more", .numberNotVerified, at: .register, register,
      .refusal(133_006, "(#133006) Phone number re-verification needed")),
    ordered(
      "just deleted", .numberJustDeleted, at: .register, register,
      .refusal(133_015, "(#133015) Please wait a few minutes before attempting to register this phone number")),
    ordered(
      "registered elsewhere still", .numberStillRegistered, at: .register, register,
      .refusal(133_000, "(#133000) Incomplete Deregistration", status: 500)),
    ordered(
      "on WhatsApp again", .numberOnWhatsApp, at: .register, register,
      .refusal(
        100, "Invalid parameter", subcode: 2_388_001, title: "Cannot Create Certificate",
        userMessage: "This number is registered to an existing WhatsApp account.")),
    ordered(
      "the account is locked", .accountLocked, at: .register, register,
      .refusal(131_031, "(#131031) Business Account locked", status: 403)),
    ordered(
      "the account is restricted", .accountRestricted, at: .subscribeApp, subscribe,
      .refusal(368, "(#368) Temporarily blocked for policies violations", status: 403)),
    ordered(
      "something new", .refused, at: .register, register, .refusal(999_999, "Something new"), words: "Something new"),
  ]
}
