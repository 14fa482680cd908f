/// Who waits for a write.
package enum WriteUrgency: Sendable {
  /// Somebody outside: it goes into the next commit.
  case prompt
  /// Nobody but a worker with a backlog: prompt writes go first, though not forever
  /// (`StoreLimits.backgroundWaitMilliseconds`). It gets a commit of its own, so that prompt writes wait for one of
  /// these at a time.
  case background
}
