import Contracts
import Crypto
import HTTP
import JSON

/// The page of an onboarding link: one document, with all it needs but Meta's SDK.
struct OnboardingPage: Sendable {
  let appID: String
  let configID: String
  let graphVersion: String
  let sdkURL: String
  /// An origin besides Meta's; nil outside of tests.
  let testOrigin: String?

  init(_ settings: SenderRegistrySettings) {
    appID = settings.metaAppID
    configID = settings.signup.configID ?? ""
    graphVersion = settings.graphVersion
    sdkURL = settings.signup.sdkURL
    testOrigin = settings.signup.testOrigin.map { Self.origin($0) }
  }

  /// What the script is told; it learns nothing else.
  private struct Configuration: Encodable {
    var appID: String
    var configID: String
    var version: String
    var sdkURL: String
    var testOrigin: String?
    var isCoexistence: Bool
    var displayName: String
    var preverifiedID: String?
  }

  func page(sender: SenderRow, token: String, requirements: [OnboardingRequirement]) -> HTTPResponse {
    let nonce = Base64.encode(RandomBytes.make(16))
    let number = HTMLText.escape(sender.phoneNumber.text)
    let name = HTMLText.escape(sender.displayName)
    // What the installation needs is the operator's affair.
    let items = requirements.filter { $0.state == .unknown && !Self.operatorsOwn.contains($0.code) }.map {
      "<li>\(HTMLText.escape($0.text)) <small>\(HTMLText.escape($0.nextStep ?? ""))</small></li>"
    }
    return document(
      200, nonce: nonce, title: "Connect \(number)",
      body: """
        <h1>Connect your number to WhatsApp</h1>
        <dl><dt>Number</dt><dd id="number">\(number)</dd><dt>Name customers will see</dt><dd>\(name)</dd></dl>
        <section id="before">
        <h2>Before you begin</h2>
        <ul>\(items.joined())</ul>
        <p><button id="continue" type="button" disabled>Continue with Facebook</button></p>
        </section>
        <p id="say" role="status" aria-live="polite">Loading…</p>
        <ol id="steps" hidden></ol>
        <script type="application/json" id="config" nonce="\(nonce)">\(configuration(sender))</script>
        <script nonce="\(nonce)">\(Self.script)</script>
        """)
  }

  /// A link that is used, revoked or expired.
  func gone(_ state: OnboardingLink.State) -> HTTPResponse {
    let words =
      switch state {
      case .used: "It has been used already: it works once."
      case .revoked: "It was withdrawn."
      case .expired: "Its time is over."
      case .active: ""
      }
    return sorry(410, "This link does not work any more", words + " Ask whoever sent it to you for a new one.")
  }

  func unknown() -> HTTPResponse {
    sorry(404, "There is no such link", "Perhaps it was not copied as a whole. Ask whoever sent it to you.")
  }

  func tooMany() -> HTTPResponse {
    sorry(429, "Too many tries", "Too many wrong links were tried from here. Wait a minute.")
  }

  private static let operatorsOwn: Set<String> = ["APP_DOMAINS", "WEBHOOK"]

  private func sorry(_ status: Int, _ title: String, _ text: String) -> HTTPResponse {
    document(
      status, nonce: Base64.encode(RandomBytes.make(16)), title: title,
      body: "<h1>\(HTMLText.escape(title))</h1><p>\(HTMLText.escape(text))</p>")
  }

  private func configuration(_ sender: SenderRow) -> String {
    let configuration = Configuration(
      appID: appID, configID: configID, version: graphVersion, sdkURL: sdkURL, testOrigin: testOrigin,
      isCoexistence: sender.origin == .coexistence, displayName: sender.displayName,
      preverifiedID: sender.preverifiedID)
    do {
      return HTMLText.script(json: try JSONCoder.encode(configuration))
    } catch {
      preconditionFailure("text and flags have JSON: \(error)")
    }
  }

  private func document(_ status: Int, nonce: String, title: String, body: String) -> HTTPResponse {
    let html = """
      <!doctype html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
      <meta name="robots" content="noindex"><title>\(title)</title><style nonce="\(nonce)">\(Self.style)</style></head>
      <body><main>
      \(body)
      </main></body></html>

      """
    var response = HTTPResponse(status: status, bytes: Array(html.utf8), contentType: "text/html; charset=utf-8")
    response.headers.set("Content-Security-Policy", policy(nonce))
    response.headers.set("X-Frame-Options", "DENY")
    response.headers.set("X-Content-Type-Options", "nosniff")
    // The path is the secret: no other site may see it.
    response.headers.set("Referrer-Policy", "no-referrer")
    // The popup must be able to answer the page that opened it, and nobody else may reach that page.
    response.headers.set("Cross-Origin-Opener-Policy", "same-origin-allow-popups")
    response.headers.set("Cache-Control", "no-store")
    return response
  }

  /// Only scripts with the nonce run, and what they load: Meta's SDK fetches its parts by itself.
  private func policy(_ nonce: String) -> String {
    let others = Set([Self.origin(sdkURL), testOrigin].compactMap { $0 }).sorted().joined(separator: " ")
    let meta = "https://facebook.com https://*.facebook.com \(others)"
    return "default-src 'none'; script-src 'nonce-\(nonce)' 'strict-dynamic'; style-src 'nonce-\(nonce)'; "
      + "connect-src 'self' \(meta); frame-src \(meta); img-src \(meta); base-uri 'none'; form-action 'none'; "
      + "frame-ancestors 'none'"
  }

  /// `https://connect.facebook.net` of a URL there.
  private static func origin(_ url: String) -> String {
    let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    return parts.count > 2 ? "\(parts[0])//\(parts[2])" : url
  }

  private static let style = """
    body{font:1rem/1.5 system-ui,sans-serif;margin:0;color:#111;background:#f5f6f7}
    main{max-width:38rem;margin:2rem auto;padding:1.5rem;background:#fff;border-radius:.5rem}
    dt{font-weight:600}dd{margin:0 0 .5rem}small{color:#555;display:block}li{margin-bottom:.5rem}
    button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;background:#1877f2;color:#fff}
    button:disabled{background:#9bb8dd}li[data-state=failed]{color:#a00}li[data-state=done]{color:#060}
    """
}
