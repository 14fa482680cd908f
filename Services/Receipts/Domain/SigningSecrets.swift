/// What a delivery is signed with: the secret, and for as long as the overlap of a rotation lasts the one before it.
struct SigningSecrets: Sendable {
  var current: SigningSecret
  var previous: SigningSecret?

  init(_ current: SigningSecret, previous: SigningSecret? = nil) {
    self.current = current
    self.previous = previous
  }
}
