extension EventLoop {
  /// Returns after `duration`. For back-off and pacing; ends early only when the loop does.
  package func pause(_ duration: Duration) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      execute { self.schedule(after: duration) { continuation.resume() } }
    }
  }
}
