import HTTP
import JSON
import Wire

/// What the operations of the API description share: headers, parameters, problems.
enum OpenAPIComponents {
  static let methodsWithBody: Set<Route.Method> = [.post, .put, .patch]

  static func header(_ name: String) -> JSONValue { ["$ref": .string("#/components/headers/\(name)")] }
  static func parameter(_ name: String) -> JSONValue { ["$ref": .string("#/components/parameters/\(name)")] }
  static func response(_ name: String) -> JSONValue { ["$ref": .string("#/components/responses/\(name)")] }

  static func meaning(_ status: Int) -> String {
    switch status {
    case 201: "Created."
    case 202: "Accepted: the work goes on behind the answer."
    case 204: "Done; there is nothing to show."
    default: "What was asked for."
    }
  }

  // MARK: Problems

  private struct Problem {
    let status: Int
    let name: String
    let code: String
    let detail: String
    var field: String?
  }

  /// The failures an operation may answer with, each with one of its codes.
  private static let problems: [Problem] = [
    Problem(
      status: 400, name: "BadRequest", code: "BAD_PARAMS", detail: "limit: expected an integer", field: "limit"),
    Problem(
      status: 401, name: "Unauthorized", code: "API_KEY_REQUIRED",
      detail: "Send Authorization: Bearer wsk_… with one API key."),
    Problem(
      status: 403, name: "Forbidden", code: "ROLE_TOO_LOW",
      detail: "This needs the role operator; the key has viewer."),
    Problem(
      status: 404, name: "NotFound", code: "SENDER_NOT_FOUND",
      detail: "There is no sender snd_01JD0000000000000000000000."),
    Problem(
      status: 409, name: "Conflict", code: "IDEMPOTENCY_KEY_REUSED",
      detail: "This Idempotency-Key was used with another body: use a new key for a new request."),
    Problem(
      status: 412, name: "PreconditionFailed", code: IfVersion.changed,
      detail: "It is at version 4, not 3: read it again and repeat the change."),
    Problem(
      status: 413, name: "ContentTooLarge", code: "HTTP_BODY_TOO_LARGE",
      detail: "The body is longer than this operation takes."),
    Problem(
      status: 429, name: "TooManyRequests", code: "RATE_LIMITED",
      detail: "This API key has used up its requests for now."),
    Problem(
      status: 503, name: "ServiceUnavailable", code: "PEER_UNAVAILABLE",
      detail: "messaging-router cannot be reached now."),
  ]

  static func addProblems(
    to responses: inout JSONObject, _ route: Route, isAddressed: Bool, takesIfMatch: Bool, isPublic: Bool
  ) {
    for problem in problems {
      let applies =
        switch problem.status {
        case 401, 403: !isPublic
        case 404: isAddressed
        case 409: route.method != .get
        case 412: takesIfMatch
        case 413: methodsWithBody.contains(route.method)
        default: true
        }
      if applies { responses[String(problem.status)] = response(problem.name) }
    }
    responses["default"] = response("Problem")
  }

  static var responses: JSONValue {
    var all: JSONObject = [
      "NotModified": [
        "description": "The version that If-None-Match names is still the current one.",
        "headers": ["ETag": header("ETag"), "X-Request-Id": header("X-Request-Id")],
      ]
    ]
    for problem in problems {
      var example: JSONObject = [
        "type": "about:blank", "title": .string(HTTPStatus.reason(problem.status)),
        "status": .integer(Int64(problem.status)), "code": .string(problem.code), "detail": .string(problem.detail),
      ]
      example["field"] = problem.field.map { .string($0) }
      var headers: JSONObject = ["X-Request-Id": header("X-Request-Id")]
      if problem.status == 401 { headers["WWW-Authenticate"] = header("WWW-Authenticate") }
      if problem.status == 429 || problem.status == 503 { headers["Retry-After"] = header("Retry-After") }
      all[problem.name] = [
        "description": .string(HTTPStatus.reason(problem.status) + "."), "headers": .object(headers),
        "content": ["application/problem+json": ["schema": problemReference, "example": .object(example)]],
      ]
    }
    all["Problem"] = [
      "description": "Any other failure.", "headers": ["X-Request-Id": header("X-Request-Id")],
      "content": [
        "application/problem+json": [
          "schema": problemReference,
          "example": [
            "type": "about:blank", "title": "Gateway Timeout", "status": 504, "code": "DEADLINE_EXCEEDED",
            "detail": "the time ran out",
          ],
        ]
      ],
    ]
    return .object(all)
  }

  private static let problemReference: JSONValue = ["$ref": "#/components/schemas/Problem"]

  static let problemSchema: JSONValue = [
    "type": "object",
    "description": "A failure (RFC 9457). Programs look at code, people read detail.",
    "properties": [
      "type": ["type": "string", "const": "about:blank"],
      "title": ["type": "string", "description": "The status in words."],
      "status": ["type": "integer", "minimum": 400, "maximum": 599],
      "code": [
        "type": "string", "pattern": "^[A-Z][A-Z0-9_]*$", "description": "Stable; programs may test for it.",
      ],
      "detail": ["type": "string", "description": "What failed, with what, and where there is one the remedy."],
      "field": ["type": "string", "description": "The input that is wrong, by its name in the request."],
      "retriable": ["type": "boolean", "description": "Whether the same request may succeed later."],
      "next_step": ["type": "string", "description": "What to do about it."],
      "session_status": [
        "type": "object",
        "description": "Of SESSION_EXPIRED: the customer's 24-hour window, as GET …/session-status shows it.",
      ],
      "meta_code": ["type": "integer", "description": "Meta's own code, where Meta refused."],
      "meta_details": ["type": "string", "description": "Meta's own words."],
      "problems": [
        "type": "array", "items": ["type": "object"], "description": "Everything that is wrong, where it is several.",
      ],
    ],
    "required": ["type", "title", "status", "code", "detail"],
  ]

  // MARK: Headers

  static let headers: JSONValue = [
    "ETag": [
      "description": "The version of what is shown, in quotes. Send it as If-Match or If-None-Match.",
      "schema": ["type": "string", "pattern": "^\"[0-9]+(-[0-9a-f]{12})?\"$"], "example": "\"3\"",
    ],
    "RateLimit": [
      "description": "How many requests the key may make now (r), and the seconds until its quota is full again (t).",
      "schema": ["type": "string"], "example": "\"key\";r=99;t=1",
    ],
    "RateLimit-Policy": [
      "description": "The key's quota (q) and the seconds in which an empty one fills (w).",
      "schema": ["type": "string"], "example": "\"key\";q=100;w=2",
    ],
    "Retry-After": [
      "description": "Seconds to wait before the same request has a chance.",
      "schema": ["type": "integer", "minimum": 1], "example": 1,
    ],
    "WWW-Authenticate": ["schema": ["type": "string"], "example": "Bearer"],
    "X-Request-Id": [
      "description": "The trace id of every log line of the request.",
      "schema": ["type": "string", "pattern": "^[0-9a-f]{32}$"], "example": "0af7651916cd43dd8448eb211c80319c",
    ],
  ]

  static let parameters: JSONValue = [
    "limit": [
      "name": "limit", "in": "query", "description": "The most items of a page.",
      "schema": ["type": "integer", "minimum": 1, "maximum": 100, "default": 25], "example": 25,
    ],
    "cursor": [
      "name": "cursor", "in": "query", "description": "The next_cursor of the page before; leave it out for the first.",
      "schema": ["type": "string"], "example": "c25kXzAxSkQ",
    ],
    "Idempotency-Key": [
      "name": "Idempotency-Key", "in": "header",
      "description": """
      A text of your choice, new for each thing you want done. A repeat within 24 hours with the same key and body
      gets the first answer and does nothing again; with another body it is refused with 409.
      """,
      "schema": ["type": "string", "pattern": "^[!-~]{1,255}$"], "example": "order-4711",
    ],
    "If-Match": [
      "name": "If-Match", "in": "header",
      "description": """
      The ETag of the version that you have seen. If somebody has changed it since, nothing is changed and the answer
      is 412. An asterisk means any version.
      """,
      "schema": ["type": "string", "pattern": "^(\\*|\"[0-9]+(-[0-9a-f]{12})?\")$"], "example": "\"3\"",
    ],
    "If-None-Match": [
      "name": "If-None-Match", "in": "header",
      "description": "The ETag of the version that you have: the answer is 304 without a body while it is current.",
      "schema": ["type": "string"], "example": "\"3\"",
    ],
  ]
}
