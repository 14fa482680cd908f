/// Why a message failed: our stable code, and Meta's own words beside it.
package struct MessageError: Codable, Sendable, Equatable {
  /// Stable `UPPER_SNAKE`.
  package var code: String
  package var message: String
  /// What to do about it, where there is something.
  package var nextStep: String?
  package var metaCode: Int?
  package var metaTitle: String?
  package var metaDetails: String?
  package var isRetriable: Bool

  package init(
    code: String, message: String, nextStep: String? = nil, metaCode: Int? = nil, metaTitle: String? = nil,
    metaDetails: String? = nil,
    isRetriable: Bool = false
  ) {
    self.code = code
    self.message = message
    self.nextStep = nextStep
    self.metaCode = metaCode
    self.metaTitle = metaTitle
    self.metaDetails = metaDetails
    self.isRetriable = isRetriable
  }
}
