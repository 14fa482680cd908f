import Wire

/// What a call was refused with; nil when it was not.
func failure(_ body: () async throws -> some Any) async -> CallFailure? {
  do {
    _ = try await body()
    return nil
  } catch let failure as CallFailure {
    return failure
  } catch {
    return (error as? any CallFailureConvertible)?.callFailure
  }
}
