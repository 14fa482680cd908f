import Contracts
import GraphAPI

/// What Meta thinks of a display name that was asked for.
enum NameReview: Equatable {
  /// Still being looked at.
  case open
  case approved
  /// Meta's reason, as people may read it.
  case declined(String)
  /// Customers see the name already.
  case live
  /// Meta knows nothing of the request.
  case unknown

  /// From a reading of the number (facts: fields of a phone number).
  init(_ name: GraphNumberName, asked: String) {
    let isOurs = name.newDisplayName == nil || name.newDisplayName == asked
    switch name.newNameStatus {
    case "APPROVED" where isOurs, "AVAILABLE_WITHOUT_REVIEW" where isOurs: self = .approved
    case "DECLINED" where isOurs: self = .declined("Meta declined it.")
    case "EXPIRED" where isOurs: self = .declined("Meta let the request expire.")
    case "PENDING_REVIEW" where isOurs: self = .open
    default:
      if name.verifiedName == asked {
        self = .live
      } else {
        self = name.newDisplayName == asked ? .open : .unknown
      }
    }
  }

  /// From the webhook `phone_number_name_update`; new words of Meta's leave the review open.
  init(decision: String, rejectionReason: String?) {
    switch decision {
    case "APPROVED": self = .approved
    case "REJECTED": self = .declined(Self.words(rejectionReason))
    default: self = .open
    }
  }

  /// Meta's reasons in words.
  private static func words(_ reason: String?) -> String {
    switch reason {
    case "NAME_EMPLOYEE_ISSUE": "It looks like an employee's name (NAME_EMPLOYEE_ISSUE)."
    case "NAME_ENDCLIENT_NOTRELATED":
      "It does not show how it belongs to the business (NAME_ENDCLIENT_NOTRELATED)."
    case "NAME_FORMAT_UNACCEPTABLE": "Its format is not acceptable (NAME_FORMAT_UNACCEPTABLE)."
    case "NAME_INDIVIDUAL_ISSUE": "It looks like a private person's name (NAME_INDIVIDUAL_ISSUE)."
    case "NAME_NOT_CONSISTENT":
      "It does not agree with the business's name elsewhere (NAME_NOT_CONSISTENT)."
    case let reason?: "Meta says \(reason.prefix(64))."
    case nil: "Meta gave no reason."
    }
  }
}
