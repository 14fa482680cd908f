/// Meta's send errors, one rule for each row of its table (facts: messages, errors). What is not here is refused for
/// good as `META_<code>`, unless Meta calls it transient.
enum SendErrorTable {
  static func rule(for code: Int) -> SendErrorRule? { rules.first { $0.covers(code) } }

  static let rules: [SendErrorRule] = number + rates + recipient + template + passing

  /// About the number or its account: nothing else it sends would fare better.
  private static let number: [SendErrorRule] = [
    .stopped(
      0...0, 190...190, code: "TOKEN_INVALID", "Meta no longer accepts the sender's token.",
      "Reconnect the sender."),
    .stopped(
      3...3, 10...10, 200...299, 131_005...131_005, code: "PERMISSION_MISSING", "The token lacks a permission.",
      "Repeat the signup and grant it."),
    .stopped(
      33...33, code: "NUMBER_DELETED", "Meta no longer knows the number.", "Connect the sender again, or remove it."),
    .stopped(
      368...368, 131_031...131_031, code: "ACCOUNT_LOCKED", "Meta has locked the account.",
      "See WhatsApp Manager for the violation and appeal there."),
    .stopped(
      131_037...131_037, code: "NAME_NOT_APPROVED", "The number has no approved display name.",
      "Set a display name and wait for Meta's approval."),
    .stopped(
      131_042...131_042, code: "PAYMENT_PROBLEM", "Meta has no valid payment method for the account.",
      "Add one in WhatsApp Manager."),
    .stopped(
      131_045...131_045, 133_010...133_010, code: "NUMBER_NOT_REGISTERED", "The number is not registered at Meta.",
      "Connect the sender again, which registers it.", retry: .afterPause),
    .stopped(
      133_016...133_016, code: "REGISTER_LIMIT", "The number was registered too often within 72 hours.",
      "Wait 72 hours, then connect the sender again."),
  ]

  /// Too much in too short a time.
  private static let rates: [SendErrorRule] = [
    SendErrorRule(
      4...4, code: "APP_CALL_LIMIT", "The app has used up its calls at Meta for this account.",
      "Nothing: it goes on by itself when Meta allows more calls.", retry: .afterPause, scope: .account,
      pause: 60_000),
    SendErrorRule(
      80_007...80_007, code: "ACCOUNT_CALL_LIMIT", "The account has used up its calls at Meta.",
      "Nothing: it goes on by itself when Meta allows more calls.", retry: .afterPause, scope: .account,
      pause: 60_000),
    SendErrorRule(
      130_429...130_429, code: "THROUGHPUT_REACHED", "The number's messages per second are used up.",
      "Nothing: it is sent again within seconds.", retry: .afterPause, scope: .sender, pause: 1_000),
    SendErrorRule(
      131_056...131_056, code: "PAIR_RATE_REACHED", "Too many messages to one customer in a short time.",
      "Nothing: it is sent again, a little later each time.", retry: .pair, scope: .conversation),
    SendErrorRule(
      131_057...131_057, code: "META_MAINTENANCE", "Meta is changing the number, for example raising its throughput.",
      "Nothing: it goes on by itself after about a minute.", retry: .afterPause, scope: .sender, pause: 60_000),
    SendErrorRule(
      131_048...131_048, code: "SPAM_LIMIT", "Meta limits this number because too many people block or report it.",
      "Pause campaigns, look at the number's quality and at whom they were sent to.", scope: .broadcasts,
      pause: 24 * 3_600_000, needsAttention: true),
    SendErrorRule(
      131_064...131_064, code: "TEMPLATE_CATEGORY_LIMIT", "Meta limits templates that were put in a wrong category.",
      "Give the template the category that Meta names."),
  ]

  /// About this customer, or about what is sent.
  private static let recipient: [SendErrorRule] = [
    SendErrorRule(
      100...100, 131_008...131_009, code: "PARAMETER_REFUSED", "Meta refused a parameter.",
      "See its details and change the message."),
    SendErrorRule(
      130_403...130_403, code: "RECIPIENT_BLOCKED", "You have blocked this customer.",
      "Unblock the customer to write again."),
    SendErrorRule(
      131_021...131_021, code: "RECIPIENT_IS_SENDER", "The message goes to the number that sends it.",
      "Send to another number."),
    SendErrorRule(
      131_030...131_030, code: "RECIPIENT_NOT_ALLOWED", "A test number may only write to numbers on its list.",
      "Add the number to the list in Meta's app dashboard."),
    SendErrorRule(
      130_472...130_472, code: "MARKETING_EXPERIMENT", "Meta withholds marketing from this customer in an experiment.",
      "Do not send it again; the customer can write first."),
    SendErrorRule(
      130_497...130_497, code: "COUNTRY_RESTRICTED", "Meta does not let this business write to that country.",
      "Leave out customers of that country."),
    SendErrorRule(
      131_026...131_026, code: "UNDELIVERABLE",
      "The message cannot be delivered to this customer: not on WhatsApp, an old app, or terms not accepted.",
      "Check the number, or ask the customer to update WhatsApp."),
    SendErrorRule(
      131_047...131_047, code: "SESSION_EXPIRED", "The customer's 24-hour window is closed.", "Send a template."),
    SendErrorRule(
      131_049...131_049, code: "MARKETING_CAP", "Meta chose not to deliver this marketing message.",
      "Wait a day at least before sending marketing to this customer again.", retry: .nextDay),
    SendErrorRule(
      131_050...131_050, code: "OPTED_OUT", "The customer stopped marketing messages.", "Do not send them again."),
    SendErrorRule(
      131_051...131_051, code: "TYPE_UNSUPPORTED", "Meta does not support this type of message.",
      "Send another type."),
    SendErrorRule(
      131_052...131_052, code: "MEDIA_DOWNLOAD_FAILED", "Meta could not fetch the media.",
      "Check the link, or upload the media and send its id."),
    SendErrorRule(
      131_053...131_053, code: "MEDIA_UPLOAD_FAILED", "Meta could not take the media.",
      "Check its type and size, and upload it again."),
    SendErrorRule(
      131_055...131_055, 131_063...131_063, 134_100...134_100, code: "MARKETING_NOT_ALLOWED",
      "Marketing messages cannot be sent this way by this account.",
      "Use a template of the right category, or switch marketing messages on in WhatsApp Manager."),
    SendErrorRule(
      131_062...131_062, code: "PHONE_NUMBER_REQUIRED", "This template needs the customer's phone number.",
      "Ask the customer for the number, or send another template."),
    SendErrorRule(
      137_000...137_000, code: "IDENTITY_CHANGED", "The customer's identity at WhatsApp has changed.",
      "Check who it is before sending again."),
    SendErrorRule(
      138_000...138_999, code: "CALLING_REFUSED", "Meta refused something about calls.", "See its details."),
    SendErrorRule(
      147_001...147_005, code: "USERNAME_REFUSED", "Meta refused something about usernames.", "See its details."),
  ]

  private static let template: [SendErrorRule] = [
    SendErrorRule(
      132_000...132_000, 132_012...132_012, 132_018...132_018, code: "TEMPLATE_MISMATCH",
      "The parameters do not fit the template.", "Sync the template and compare its variables."),
    SendErrorRule(
      132_001...132_001, code: "TEMPLATE_NOT_APPROVED",
      "Meta has no such template in this language, or has not approved it.", "Sync the templates and check its status."),
    SendErrorRule(
      132_005...132_005, code: "TEMPLATE_TEXT_TOO_LONG", "With its variables filled in the text is too long.",
      "Shorten the variables."),
    SendErrorRule(
      132_007...132_007, code: "TEMPLATE_POLICY", "The template breaks one of Meta's policies.",
      "Change the template."),
    SendErrorRule(
      132_015...132_015, code: "TEMPLATE_PAUSED", "Meta has paused the template for its quality.",
      "Wait for the end of the pause, and improve the template."),
    SendErrorRule(
      132_016...132_016, code: "TEMPLATE_DISABLED", "Meta has disabled the template for its quality.",
      "Make a new template."),
    SendErrorRule(
      132_068...132_068, code: "FLOW_BLOCKED", "The flow is blocked.", "See the flow in WhatsApp Manager."),
    SendErrorRule(
      132_069...132_069, code: "FLOW_THROTTLED", "The flow may be sent ten times an hour for now.",
      "Nothing: it is sent again later. See the flow's health in WhatsApp Manager.", retry: .backOff),
  ]

  /// Meta's own trouble.
  private static let passing: [SendErrorRule] = [
    SendErrorRule(
      1...1, code: "REQUEST_REFUSED", "Meta calls the request unknown or invalid.", "See its details.", retry: .once),
    SendErrorRule(
      2...2, 131_000...131_000, 131_016...131_016, 133_004...133_004, code: "META_UNAVAILABLE",
      "Meta is down or overloaded.", "Nothing: it is tried again. If it lasts, see Meta's status page.",
      retry: .backOff),
  ]
}
