extension CallContext {
  /// The account the caller acts for; owners filter every query by it. Throws `ACCOUNT_REQUIRED`.
  package var requiredAccount: String {
    get throws(CallFailure) {
      guard let account else {
        throw .permissionDenied("ACCOUNT_REQUIRED", "this call is made on behalf of an account")
      }
      return account
    }
  }
}
