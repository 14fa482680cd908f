/// Sample values of a component, which Meta's reviewers want to see for every variable and medium.
package struct TemplateExample: Codable, Sendable, Equatable {
  package var headerText: [String]?
  package var headerTextNamedParams: [TemplateNamedExample]?
  /// From a resumable upload of one's own; Meta shows it, `header_media_id` is the easier way.
  package var headerHandle: [String]?
  /// Of a header with a medium: our id of an uploaded file, which is given to Meta as the example. Not kept.
  package var headerMediaID: MediaID?
  /// One list, with a value for each variable.
  package var bodyText: [[String]]?
  package var bodyTextNamedParams: [TemplateNamedExample]?

  package init(
    headerText: [String]? = nil, headerTextNamedParams: [TemplateNamedExample]? = nil, headerHandle: [String]? = nil,
    headerMediaID: MediaID? = nil, bodyText: [[String]]? = nil, bodyTextNamedParams: [TemplateNamedExample]? = nil
  ) {
    self.headerText = headerText
    self.headerTextNamedParams = headerTextNamedParams
    self.headerHandle = headerHandle
    self.headerMediaID = headerMediaID
    self.bodyText = bodyText
    self.bodyTextNamedParams = bodyTextNamedParams
  }
}

/// The sample value of a named variable.
package struct TemplateNamedExample: Codable, Sendable, Equatable {
  package var paramName: String
  package var example: String

  package init(paramName: String, example: String) {
    self.paramName = paramName
    self.example = example
  }
}
