/// Meta's send errors as our stable codes, and what to tell people (facts: Meta's error table).
enum SendErrors {
  /// Our code for Meta's; what has no name of its own is `META_<code>`.
  static func code(forMeta code: Int) -> String {
    switch code {
    case 190: "TOKEN_INVALID"
    case 3, 10, 200...299, 131_005: "PERMISSION_MISSING"
    case 130_429: "THROUGHPUT_REACHED"
    case 131_056: "PAIR_RATE_REACHED"
    case 131_048: "SPAM_LIMIT"
    case 100, 131_008, 131_009: "PARAMETER_REFUSED"
    case 131_026: "UNDELIVERABLE"
    case 131_042: "PAYMENT_PROBLEM"
    case 131_047: "SESSION_EXPIRED"
    case 131_049: "MARKETING_CAP"
    case 131_050: "OPTED_OUT"
    case 131_045, 133_010: "NUMBER_NOT_REGISTERED"
    case 131_031, 368: "ACCOUNT_LOCKED"
    default: "META_\(code)"
    }
  }

  /// One sentence with the next step.
  static func explain(_ code: Int) -> String {
    switch code {
    case 190: "Meta no longer accepts the sender's token: reconnect the sender."
    case 3, 10, 200...299, 131_005: "The token lacks a permission: repeat the signup and grant it."
    case 130_429: "The number's messages per second are used up: send again later."
    case 131_056: "Too many messages to one customer in a short time: send again later."
    case 131_048: "Meta limits this number for spam: pause campaigns and look at its quality."
    case 100, 131_008, 131_009: "Meta refused a parameter: see its details."
    case 131_026: "The message cannot be delivered to this customer (not on WhatsApp, or an old app)."
    case 131_042: "Meta has no valid payment method for the account: add one in WhatsApp Manager."
    case 131_047: "The customer's 24-hour window is closed: send a template."
    case 131_049: "Meta chose not to deliver this marketing message: wait a day at least."
    case 131_050: "The customer stopped marketing messages: do not send again."
    case 131_045, 133_010: "The number is not registered at Meta: connect the sender again."
    case 131_031, 368: "Meta has locked the account: see WhatsApp Manager."
    default: "Meta refused the message: see its code and details."
    }
  }
}
