/// What Meta lets the operator's app do with numbers that are not on a WhatsApp Business Account yet.
enum PartnerMode: String, Sendable, CaseIterable {
  /// Numbers are added to the customer's account by API and verified there.
  case techProvider = "tech_provider"
  /// Numbers are verified in the partner's own pool first and handed to Embedded Signup by id.
  case solutionPartner = "solution_partner"
}
