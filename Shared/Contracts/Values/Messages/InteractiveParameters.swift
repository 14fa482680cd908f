package import JSON

/// What a link or a flow needs.
package struct InteractiveParameters: Codable, Sendable, Equatable {
  /// Of a link: what its button says, at most 20 characters.
  package var displayText: String?
  /// Of a link: an https address.
  package var url: String?
  /// Of a flow: `3`, also when it is absent.
  package var flowMessageVersion: String?
  /// Of a flow: its id at Meta, or its name.
  package var flowID: String?
  package var flowName: String?
  /// Of a flow: what its button says, at most 30 characters.
  package var flowCta: String?
  /// Of a flow: comes back with what was filled in.
  package var flowToken: String?
  /// Of a flow: `draft` or `published` (Meta's default).
  package var mode: String?
  /// Of a flow: `navigate` (Meta's default) or `data_exchange`.
  package var flowAction: String?
  /// Of a flow that navigates: `screen`, and `data` for it.
  package var flowActionPayload: JSONValue?

  package init(
    displayText: String? = nil, url: String? = nil, flowMessageVersion: String? = nil, flowID: String? = nil,
    flowName: String? = nil, flowCta: String? = nil, flowToken: String? = nil, mode: String? = nil,
    flowAction: String? = nil, flowActionPayload: JSONValue? = nil
  ) {
    self.displayText = displayText
    self.url = url
    self.flowMessageVersion = flowMessageVersion
    self.flowID = flowID
    self.flowName = flowName
    self.flowCta = flowCta
    self.flowToken = flowToken
    self.mode = mode
    self.flowAction = flowAction
    self.flowActionPayload = flowActionPayload
  }
}
