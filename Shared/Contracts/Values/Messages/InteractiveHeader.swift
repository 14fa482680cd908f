/// What stands above an interactive message: a line of text, or a medium.
package struct InteractiveHeader: Codable, Sendable, Equatable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case text
    case image
    case video
    case document
  }

  package var type: InteractiveHeader.Kind
  /// At most 60 characters.
  package var text: String?
  package var image: MessageMedia?
  package var video: MessageMedia?
  package var document: MessageMedia?

  package init(
    type: InteractiveHeader.Kind, text: String? = nil, image: MessageMedia? = nil, video: MessageMedia? = nil,
    document: MessageMedia? = nil
  ) {
    self.type = type
    self.text = text
    self.image = image
    self.video = video
    self.document = document
  }
}
