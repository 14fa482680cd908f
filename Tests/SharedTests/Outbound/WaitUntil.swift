import Testing

/// Looks every few milliseconds whether something observable has happened; a test that waits in vain fails.
func waitUntil(
  _ what: Comment, limit: Duration = .seconds(10), sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async -> Bool
) async {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if await condition() { return }
    try? await Task.sleep(for: .milliseconds(2))
  }
  Issue.record(what, sourceLocation: sourceLocation)
}
