/// One card of a carousel: a header with a medium, a body, buttons.
package struct TemplateCard: Codable, Sendable, Equatable {
  package var components: [TemplateComponent]

  package init(components: [TemplateComponent]) { self.components = components }
}
