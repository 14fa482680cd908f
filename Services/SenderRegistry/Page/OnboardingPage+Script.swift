extension OnboardingPage {
  /// Opens Meta's popup, waits for its two halves (the code from the callback, the ids from a message, in either
  /// order), hands them in, and shows the steps. No text from outside becomes markup here: `textContent` only.
  static let script = #"""
    "use strict";
    (() => {
      const config = JSON.parse(document.getElementById("config").textContent);
      const base = location.pathname.replace(/\/+$/, "");
      const element = (id) => document.getElementById(id);
      const say = (text) => { element("say").textContent = text; };
      let code = null, ids = null, waiting = 0;

      const isMeta = (origin) => {
        if (config.test_origin && origin === config.test_origin) return true;
        try {
          const url = new URL(origin);
          return url.protocol === "https:"
            && (url.hostname === "facebook.com" || url.hostname.endsWith(".facebook.com"));
        } catch { return false; }
      };
      const post = async (path, body) => {
        const answer = await fetch(base + path, {
          method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
          referrerPolicy: "no-referrer", credentials: "omit" });
        return { ok: answer.ok, body: await answer.json().catch(() => ({})) };
      };
      const reset = (text) => {
        code = null; ids = null; clearTimeout(waiting);
        element("continue").disabled = false;
        say(text);
      };

      const submit = async () => {
        if (code === null || ids === null) return;
        clearTimeout(waiting);
        const body = Object.assign({ code }, ids);
        code = null; ids = null;
        say("Handing in what Facebook returned…");
        try {
          const answer = await post("/connect", body);
          if (!answer.ok) return reset(answer.body.detail || "That did not work. Try again.");
          element("before").hidden = true;
          show(answer.body);
          poll(0);
        } catch { reset("The connection was lost. Try again."); }
      };

      const text = (value) => value === undefined || value === null ? undefined : String(value);
      window.addEventListener("message", (event) => {
        if (!isMeta(event.origin)) return;
        let message = event.data;
        if (typeof message === "string") { try { message = JSON.parse(message); } catch { return; } }
        if (!message || message.type !== "WA_EMBEDDED_SIGNUP") return;
        const data = message.data || {};
        const name = String(message.event || "");
        if (name.startsWith("FINISH")) {
          ids = { waba_id: text(data.waba_id), phone_number_id: text(data.phone_number_id),
            business_id: text(data.business_id) };
          // A FINISH that names no number is one of an account only.
          if (name !== "FINISH") ids.event = name;
          submit();
        } else if (name === "CANCEL" || name === "ERROR") {
          reset(name === "CANCEL" ? "You left before the end. Continue whenever you like."
            : "Facebook says: " + (data.error_message || "something went wrong"));
          post("/events", { event: name, current_step: text(data.current_step),
            error_message: text(data.error_message), error_code: text(data.error_code),
            session_id: text(data.session_id), version: text(message.version) }).catch(() => {});
        }
      });

      const start = () => {
        element("continue").disabled = true;
        say("Go through Facebook's window to its end.");
        const setup = { phone: { displayName: config.display_name } };
        if (config.preverified_id) setup.preVerifiedPhone = { ids: [config.preverified_id] };
        const extras = { setup, sessionInfoVersion: "3" };
        if (config.is_coexistence) extras.featureType = "whatsapp_business_app_onboarding";
        FB.login((response) => {
          const given = response && response.authResponse && response.authResponse.code;
          if (!given) {
            if (code === null && !element("continue").disabled) return;
            return reset("Facebook's window was closed before its end. Continue whenever you like.");
          }
          code = String(given);
          // The code lives thirty seconds: the ids must be here soon.
          waiting = setTimeout(() => reset("Facebook did not say what was connected. Try again."), 20000);
          submit();
        }, { config_id: config.config_id, response_type: "code", override_default_response_type: true, extras });
      };

      const words = {
        exchange_code: "Facebook's code is exchanged", check_token: "The permissions are checked",
        add_number: "The number is added", match_number: "The number is compared",
        subscribe_app: "Messages are subscribed to", override_webhook: "The message route is set",
        verify_number: "The number is verified", share_credit: "Billing is set up",
        register: "The number is registered", read_number: "The number's state is read" };
      const states = { waiting: "to come", started: "under way", done: "done", failed: "failed", skipped: "not needed" };
      const show = (progress) => {
        const list = element("steps");
        list.hidden = false;
        list.replaceChildren(...(progress.steps || []).map((step) => {
          const item = document.createElement("li");
          item.dataset.state = step.state;
          item.dataset.step = step.name;
          item.textContent = (words[step.name] || step.name) + ": " + (states[step.state] || step.state);
          return item;
        }));
        const reasons = (progress.reasons || []).map((reason) => reason.message + " " + reason.next_step).join(" ");
        document.body.dataset.status = progress.status;
        if (progress.status === "online") return say("Done: the number is online."), true;
        say(reasons || "The number is being connected…");
        return progress.status === "failed" || progress.status === "suspended";
      };
      const poll = async (round) => {
        // Half an hour, slower and slower: a code may have to be typed elsewhere.
        if (round > 400) return;
        await new Promise((go) => setTimeout(go, round < 60 ? 500 : 5000));
        try {
          const answer = await fetch(base + "/status", { referrerPolicy: "no-referrer", credentials: "omit" });
          if (answer.ok && show(await answer.json())) return;
          if (answer.status === 404 || answer.status === 409) return;
        } catch { /* the next round asks again */ }
        poll(round + 1);
      };

      window.fbAsyncInit = () => {
        FB.init({ appId: config.app_id, autoLogAppEvents: false, xfbml: false, version: config.version });
        element("continue").disabled = false;
        say("");
      };
      element("continue").addEventListener("click", start);
      const sdk = document.createElement("script");
      sdk.src = config.sdk_url;
      sdk.async = true;
      sdk.addEventListener("error", () => say("Facebook could not be reached. Allow its scripts and load this page again."));
      document.head.append(sdk);
    })();
    """#
}
