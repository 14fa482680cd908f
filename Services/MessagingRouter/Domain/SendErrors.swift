import Contracts

/// Meta's send errors in our words.
enum SendErrors {
  /// Our code for Meta's; what has no rule of its own is `META_<code>`.
  static func code(forMeta code: Int) -> String { SendErrorTable.rule(for: code)?.code ?? "META_\(code)" }

  /// What Meta said of a message, by its code. `isTransient` is Meta's own word, which counts where no rule does.
  static func error(
    forMeta code: Int?, title: String? = nil, details: String? = nil, isTransient: Bool = false
  ) -> MessageError {
    let rule = code.flatMap { SendErrorTable.rule(for: $0) }
    return MessageError(
      code: rule?.code ?? "META_\(code ?? 0)", message: rule?.meaning ?? "Meta refused the message.",
      nextStep: rule?.nextStep ?? "See Meta's code and details.", metaCode: code, metaTitle: title,
      metaDetails: details, isRetriable: rule.map { $0.retry.isAutomatic } ?? isTransient)
  }

  /// The end of a message's time came before it could be sent.
  static let expired = MessageError(
    code: "MESSAGE_EXPIRED", message: "The end of its time came before it could be sent.",
    nextStep: "See why the sender was waiting, then send it again.", isRetriable: true)

  /// Found out here, before Meta was asked.
  static let windowClosed = MessageError(
    code: "SESSION_EXPIRED", message: "The customer's 24-hour window closed before it could be sent.",
    nextStep: "Send a template.")

  /// Found out here, before Meta was asked.
  static let marketingRefused = MessageError(
    code: "OPTED_OUT", message: "The customer refused marketing before it could be sent.",
    nextStep: "Do not send marketing to this customer until the customer wants it again.")
}
