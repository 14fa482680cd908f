/// What belongs to Embedded Signup around the onboarding itself.
struct SignupHandlers: Sendable {
  let requirements: RequirementHandlers
  let events: SignupEventHandlers
  let links: OnboardingLinkHandlers
  let page: OnboardingPageHandlers

  init(_ settings: SenderRegistrySettings, _ onboarding: OnboardingHandlers) {
    let (database, keyring, clock, log) = (
      onboarding.database, onboarding.keyring, onboarding.clock, onboarding.log
    )
    let checklist = Checklist(settings)
    requirements = RequirementHandlers(checklist: checklist)
    events = SignupEventHandlers(
      database: database, keyring: keyring, notifier: onboarding.notifier, clock: clock, log: log)
    links = OnboardingLinkHandlers(
      database: database, keyring: keyring, publicURL: settings.signup.publicURL,
      hasConfigID: settings.signup.configID != nil, clock: clock, log: log)
    page = OnboardingPageHandlers(
      database: database, onboarding: onboarding, signupEvents: events, page: OnboardingPage(settings),
      checklist: checklist,
      tries: RateLimiter(
        perSecond: OnboardingPageHandlers.triesPerSecond, burst: OnboardingPageHandlers.triesAtOnce, clock: clock),
      audit: AuditTrail(
        database: database, keptMilliseconds: settings.auditKeptMilliseconds, clock: clock, log: log),
      clock: clock, log: log)
  }
}
