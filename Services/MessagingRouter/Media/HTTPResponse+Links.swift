import HTTP

extension HTTPResponse {
  static var linkInvalid: HTTPResponse {
    .problem(403, code: "LINK_INVALID", detail: "This is not a link of ours: ask for the medium again.")
  }

  static var linkExpired: HTTPResponse {
    .problem(403, code: "LINK_EXPIRED", detail: "The link has expired: ask for the medium again for a new one.")
  }
}
