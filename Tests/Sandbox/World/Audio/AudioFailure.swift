/// Why there is no sound to play, in words for the person who ordered it.
package struct AudioFailure: Error, Sendable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }

  static let noTools = AudioFailure("calls need real speech: install espeak-ng and sox")
}
