/// What the holder of an onboarding link may see of the sender it connects.
package struct OnboardingProgress: Codable, Sendable, Equatable {
  package var phoneNumber: PhoneNumber
  package var displayName: String
  package var status: SenderStatus
  package var reasons: [SenderReason]
  package var steps: [OnboardingStep]

  package init(
    phoneNumber: PhoneNumber, displayName: String, status: SenderStatus, reasons: [SenderReason],
    steps: [OnboardingStep]
  ) {
    self.phoneNumber = phoneNumber
    self.displayName = displayName
    self.status = status
    self.reasons = reasons
    self.steps = steps
  }
}
