/// The calls of Graph that the sandbox plays, found by path.
enum GraphOperation: Equatable {
  case exchangeCode
  case debugToken
  case subscribedApps(wabaID: String)
  case phoneNumbers(wabaID: String)
  case account(wabaID: String)
  case shareCredit(lineID: String)
  case number(id: String)
  case requestCode(id: String)
  case verifyCode(id: String)
  case register(id: String)
  case deregister(id: String)
  case messages(id: String)
  case profile(id: String)
  case addToPool(businessID: String)
  case listPool(businessID: String)
  case poolEntry(id: String)
  case deletePoolEntry(id: String)
  case poolPartners(id: String)
  case name(id: String)
  case startUpload(appID: String)
  case upload(id: String)
  case templates(wabaID: String)
  case template(id: String)
  case unpauseTemplate(id: String)

  /// Nil when no such call exists. An id alone may be a number, an account or a number in the pool: the closures tell.
  init?(
    _ method: String, _ segments: [String], isAccount: (String) -> Bool, isInPool: (String) -> Bool,
    isTemplate: (String) -> Bool
  ) {
    switch (method, segments.first, segments.dropFirst().first, segments.count) {
    case ("POST", let id?, "add_phone_numbers", 2): self = .addToPool(businessID: id)
    case ("GET", let id?, "preverified_numbers", 2): self = .listPool(businessID: id)
    case ("GET", let id?, "partners", 2): self = .poolPartners(id: id)
    case ("GET", let id?, "message_templates", 2), ("POST", let id?, "message_templates", 2),
      ("DELETE", let id?, "message_templates", 2):
      self = .templates(wabaID: id)
    case ("POST", let id?, "unpause", 2): self = .unpauseTemplate(id: id)
    case ("GET", let id?, nil, 1) where isTemplate(id), ("POST", let id?, nil, 1) where isTemplate(id):
      self = .template(id: id)
    case ("DELETE", let id?, nil, 1): self = .deletePoolEntry(id: id)
    case ("GET", let id?, nil, 1) where isInPool(id): self = .poolEntry(id: id)
    case ("GET", "oauth", "access_token", 2), ("POST", "oauth", "access_token", 2): self = .exchangeCode
    case ("GET", "debug_token", _, 1): self = .debugToken
    case ("GET", let id?, nil, 1) where id.hasPrefix("upload:"),
      ("POST", let id?, nil, 1) where id.hasPrefix("upload:"):
      self = .upload(id: id)
    case ("POST", let id?, "uploads", 2): self = .startUpload(appID: id)
    case ("GET", let id?, nil, 1): self = isAccount(id) ? .account(wabaID: id) : .number(id: id)
    case ("POST", let id?, nil, 1): self = .number(id: id)
    case ("GET", let id?, "subscribed_apps", 2), ("POST", let id?, "subscribed_apps", 2),
      ("DELETE", let id?, "subscribed_apps", 2):
      self = .subscribedApps(wabaID: id)
    case ("GET", let id?, "phone_numbers", 2), ("POST", let id?, "phone_numbers", 2): self = .phoneNumbers(wabaID: id)
    case ("GET", let id?, "whatsapp_business_profile", 2), ("POST", let id?, "whatsapp_business_profile", 2):
      self = .profile(id: id)
    case ("POST", let id?, "whatsapp_credit_sharing_and_attach", 2): self = .shareCredit(lineID: id)
    case ("POST", let id?, "request_code", 2): self = .requestCode(id: id)
    case ("POST", let id?, "verify_code", 2): self = .verifyCode(id: id)
    case ("POST", let id?, "register", 2): self = .register(id: id)
    case ("POST", let id?, "deregister", 2): self = .deregister(id: id)
    case ("POST", let id?, "messages", 2): self = .messages(id: id)
    default: return nil
    }
  }

  /// The door faults know it by; reading and doing have doors of their own where one path serves both.
  func door(_ call: GraphCall) -> String {
    switch self {
    case .phoneNumbers where call.method == "POST": "graph.phone_numbers.add"
    case .templates where call.method == "POST": "graph.templates.create"
    case .templates where call.method == "DELETE": "graph.templates.delete"
    case .template where call.method == "POST": "graph.template.edit"
    case .subscribedApps where call.method == "GET": "graph.subscribed_apps.read"
    case .subscribedApps where call.text("override_callback_uri") != nil: "graph.subscribed_apps.override"
    case .subscribedApps where call.method == "POST": "graph.subscribed_apps.subscribe"
    default: door
    }
  }

  private var door: String {
    switch self {
    case .exchangeCode: "graph.oauth"
    case .debugToken: "graph.debug_token"
    case .subscribedApps: "graph.subscribed_apps"
    case .phoneNumbers: "graph.phone_numbers"
    case .account, .number, .poolEntry, .poolPartners: "graph.read"
    case .shareCredit: "graph.credit"
    case .requestCode: "graph.request_code"
    case .verifyCode: "graph.verify_code"
    case .register: "graph.register"
    case .deregister: "graph.deregister"
    case .messages: "graph.messages"
    case .profile: "graph.profile"
    case .addToPool: "graph.pool_add"
    case .listPool: "graph.pool_list"
    case .deletePoolEntry: "graph.pool_delete"
    case .name: "graph.name"
    case .startUpload, .upload: "graph.uploads"
    case .templates: "graph.templates"
    case .template: "graph.template"
    case .unpauseTemplate: "graph.template.unpause"
    }
  }
}
