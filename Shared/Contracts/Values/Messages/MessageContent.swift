/// What a message carries beside plain words: the member named like its type is set.
package struct MessageContent: Codable, Sendable, Equatable {
  /// Outbound text: whether its first link is shown with a preview.
  package var previewURL: Bool?
  /// Outbound and inbound.
  package var image: MessageMedia?
  package var video: MessageMedia?
  package var audio: MessageMedia?
  package var document: MessageMedia?
  package var sticker: MessageMedia?
  package var location: MessageLocation?
  /// One or more cards.
  package var contacts: [ContactCard]?
  package var reaction: MessageReaction?
  /// Outbound: buttons, a list, a link, a request for the location, or a flow.
  package var interactive: InteractiveMessage?
  /// Outbound.
  package var template: TemplateMessage?
  /// Inbound: the press of a template's quick-reply button.
  package var button: ButtonReply?
  /// Inbound: the answer to an interactive message.
  package var reply: InteractiveReply?
  /// Inbound: what was picked from a catalogue.
  package var order: MessageOrder?
  /// Inbound: Meta's own notice about the customer.
  package var system: SystemNotice?
  /// Inbound: an earlier message was edited or removed.
  package var revision: MessageRevision?
  /// Inbound: why Meta could not pass the message on (`unsupported`).
  package var problem: MetaProblem?
  /// Inbound: the advertisement or post that the customer came from.
  package var referral: AdReferral?
  /// Inbound: the product that the customer asks about.
  package var product: ReferredProduct?
  /// Inbound: it was forwarded to the business by the customer.
  package var isForwarded: Bool?

  package init(
    previewURL: Bool? = nil, image: MessageMedia? = nil, video: MessageMedia? = nil, audio: MessageMedia? = nil,
    document: MessageMedia? = nil,
    sticker: MessageMedia? = nil, location: MessageLocation? = nil, contacts: [ContactCard]? = nil,
    reaction: MessageReaction? = nil, interactive: InteractiveMessage? = nil, template: TemplateMessage? = nil,
    button: ButtonReply? = nil, reply: InteractiveReply? = nil, order: MessageOrder? = nil, system: SystemNotice? = nil,
    revision: MessageRevision? = nil, problem: MetaProblem? = nil, referral: AdReferral? = nil,
    product: ReferredProduct? = nil, isForwarded: Bool? = nil
  ) {
    self.previewURL = previewURL
    self.image = image
    self.video = video
    self.audio = audio
    self.document = document
    self.sticker = sticker
    self.location = location
    self.contacts = contacts
    self.reaction = reaction
    self.interactive = interactive
    self.template = template
    self.button = button
    self.reply = reply
    self.order = order
    self.system = system
    self.revision = revision
    self.problem = problem
    self.referral = referral
    self.product = product
    self.isForwarded = isForwarded
  }
}
