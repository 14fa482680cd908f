import Foundation
import JSON
import SandboxWorld
import TestSupport
import Testing
import Wire

extension EndToEnd {
  /// An onboarding link in a real Chromium, with the sandbox as Meta's SDK and popup.
  @Suite struct OnboardingPageBrowserTests {
    static let isEnabled = ProcessInfo.processInfo.environment["WSS_ALL_TESTS"] == "1" && WebDriver.isInstalled

    @Test(.enabled(if: isEnabled, "needs WSS_ALL_TESTS=1, chromium and chromium-driver"))
    func `a customer opens a link, leaves the popup, tries again, and sees the number come online`() async throws {
      let directory = try TemporaryDirectory()
      try await Product.run(starting: [.senderRegistry]) { product in
        let story = product.story
        let number = "+15550370001"
        let sender = try await story.create(number)
        let link = try await story.call("POST", "/v1/onboarding-links", ["sender_id": .string(sender)])
        let browser = try await WebDriver.start(in: directory)
        do {
          try await Self.play(browser, page: try #require(link["url"]?.string), number: number, sender, story)
        } catch {
          await browser.stop()
          throw error
        }
        await browser.stop()
      }
    }

    private static func play(
      _ browser: WebDriver, page: String, number: String, _ sender: String, _ story: Story
    ) async throws {
      try await browser.open(page)
      let window = try await browser.window()
      #expect(try await browser.evaluate("document.getElementById('number').textContent") == .string(number))
      try await enabled(browser)
      // Leaves first.
      try await browser.click("#continue")
      try await popup(browser, besides: window)
      try await browser.click("#cancel")
      try await browser.go(to: window)
      try await eventually(within: .seconds(10), "the popup is gone") { try await browser.windows().count == 1 }
      try await enabled(browser)
      try await eventually(within: .seconds(10), "the registry knows that the popup was left") {
        try await story.call("GET", "/v1/senders/\(sender)")["reasons"]?[0]?["code"] == "SIGNUP_CANCELLED"
      }
      // Messages of another origin are nobody's.
      _ = try await browser.evaluate(
        "window.postMessage(JSON.stringify({type:'WA_EMBEDDED_SIGNUP',event:'FINISH',data:{waba_id:'1'}}), '*')")
      // Then goes through it.
      try await browser.click("#continue")
      try await popup(browser, besides: window)
      try await browser.type(number, into: "#phone")
      try await browser.click("#finish")
      try await browser.go(to: window)
      try await eventually(within: .seconds(30), "the page says online") {
        try await browser.evaluate("document.body.dataset.status") == "online"
      }
      #expect(
        try await browser.evaluate("document.querySelectorAll('#steps li[data-state=done]').length").int64 ?? 0 >= 6)
      #expect(try await story.call("GET", "/v1/senders/\(sender)")["status"] == "online")
      let violations = try await browser.console().filter { $0.contains("Content Security Policy") }
      #expect(violations.isEmpty, "\(violations)")
      // The link is spent.
      try await browser.open(page)
      #expect(
        try await browser.evaluate("document.querySelector('h1').textContent") == "This link does not work any more")
    }

    private static func enabled(_ browser: WebDriver) async throws {
      try await eventually(within: .seconds(20), "the button can be pressed") {
        try await browser.evaluate("document.getElementById('continue').disabled") == false
      }
    }

    private static func popup(_ browser: WebDriver, besides window: String) async throws {
      try await eventually(within: .seconds(20), "the popup opens") { try await browser.windows().count == 2 }
      let other = try await browser.windows().first { $0 != window }
      try await browser.go(to: try #require(other))
    }
  }
}
