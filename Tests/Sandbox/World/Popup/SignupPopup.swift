import HTTP

/// Meta's JavaScript SDK and the popup it opens, as a page of an onboarding link meets them.
struct SignupPopup: Sendable {
  func add(to routes: inout HTTPRoutes) {
    routes.on("GET", "/sdk.js") { _ in
      HTTPResponse(status: 200, bytes: Array(Self.sdk.utf8), contentType: "text/javascript; charset=utf-8")
    }
    routes.on("GET", "/dialog/signup") { _ in
      HTTPResponse(status: 200, bytes: Array(Self.dialog.utf8), contentType: "text/html; charset=utf-8")
    }
  }

  /// `FB.init` and `FB.login`: the callback gets the code, the page's own listener the ids, as at Meta.
  private static let sdk = #"""
    (() => {
      const origin = new URL(document.currentScript.src).origin;
      window.FB = {
        init() {},
        login(callback, options) {
          const setup = (options.extras || {}).setup || {};
          const query = new URLSearchParams({
            config_id: options.config_id || "", name: (setup.phone || {}).displayName || "",
            feature: (options.extras || {}).featureType || "" });
          const popup = window.open(origin + "/dialog/signup?" + query, "signup", "width=600,height=700");
          let isOver = false;
          const end = (code) => {
            if (isOver) return;
            isOver = true;
            clearInterval(watch);
            removeEventListener("message", listen);
            callback(code ? { status: "connected", authResponse: { code } } : { status: "unknown", authResponse: null });
          };
          const listen = (event) => {
            const data = event.data;
            if (event.origin !== origin || typeof data !== "object" || data === null) return;
            if ("sandbox_code" in data) end(data.sandbox_code);
          };
          const watch = setInterval(() => { if (!popup || popup.closed) end(null); }, 100);
          addEventListener("message", listen);
        },
      };
      if (window.fbAsyncInit) window.fbAsyncInit();
    })();
    """#

  private static let dialog = #"""
    <!doctype html><html lang="en"><meta charset="utf-8"><title>Sandbox signup</title>
    <h1>Sandbox: WhatsApp signup</h1>
    <p><label>Phone number <input id="phone"></label></p>
    <p><button id="finish">Finish</button> <button id="account">Finish without a number</button>
    <button id="cancel">Leave</button> <button id="error">Fail</button></p>
    <p id="say"></p>
    <script>
    const query = new URLSearchParams(location.search);
    const tell = (event, data) => opener.postMessage(
      JSON.stringify({ type: "WA_EMBEDDED_SIGNUP", event, data, version: "4" }), "*");
    const end = (code) => { opener.postMessage({ sandbox_code: code }, "*"); setTimeout(() => close(), 100); };
    const finish = async (number) => {
      const body = { display_name: query.get("name") || "Sandbox Business", number };
      if (number === "existing") body.phone_number = document.getElementById("phone").value;
      if (query.get("feature") === "whatsapp_business_app_onboarding") body.coexistence = true;
      const answer = await fetch("/control/signup", { method: "POST", body: JSON.stringify(body) });
      const signup = await answer.json();
      if (!answer.ok) { document.getElementById("say").textContent = JSON.stringify(signup); return; }
      const data = { waba_id: signup.waba_id, business_id: signup.business_id };
      if (signup.phone_number_id) data.phone_number_id = signup.phone_number_id;
      tell(signup.event, data);
      end(signup.code);
    };
    document.getElementById("finish").onclick = () => finish("existing");
    document.getElementById("account").onclick = () => finish("none");
    document.getElementById("cancel").onclick = () => { tell("CANCEL", { current_step: "PHONE_NUMBER_SETUP" }); end(null); };
    document.getElementById("error").onclick = () => {
      tell("ERROR", { error_message: "Your Facebook account is too new.", error_code: "524126", session_id: "s1" });
      end(null);
    };
    </script></html>
    """#
}
