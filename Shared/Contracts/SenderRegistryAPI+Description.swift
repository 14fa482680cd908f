import Wire

extension SenderRegistryAPI {
  /// The description of the whole REST API.
  package static let describeAPI = RawEndpoint(
    "registry.openapi.get", Route(.get, "/v1/openapi.json", role: .viewer), isPublic: true,
    summary: "The description of this API.",
    details: """
      OpenAPI 3.1, made from the same declarations as the API itself, so that it lists every operation and nothing else.
      It needs no API key. Send the `ETag` as `If-None-Match` to get it only when it has changed.
      """,
    answer: .content(["application/json"]))
}
