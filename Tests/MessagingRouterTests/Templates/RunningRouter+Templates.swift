import Contracts
import JSON
import MessagingRouterHarness
import TestSupport
import Testing
import Transport
import Wire

extension RunningRouter {
  /// The sender's templates, all pages.
  func templates(_ sender: TestSender, status: TemplateStatus? = nil) async throws -> [Template] {
    var all: [Template] = []
    var cursor: String?
    repeat {
      let page = try await caller.call(
        MessagingRouterAPI.ListTemplates(senderID: sender.id, status: status, limit: 2, cursor: cursor),
        account: sender.account)
      all += page.data
      cursor = page.nextCursor
    } while cursor != nil
    return all
  }

  @discardableResult
  func sync(_ sender: TestSender) async throws -> TemplateSyncReport {
    try await caller.call(MessagingRouterAPI.SyncTemplates(senderID: sender.id), account: sender.account)
  }

  func template(_ id: TemplateID, _ sender: TestSender) async throws -> Template {
    try await caller.call(MessagingRouterAPI.GetTemplate(id: id), account: sender.account)
  }

  func events(_ id: TemplateID, _ sender: TestSender) async throws -> [TemplateEvent] {
    try await caller.call(MessagingRouterAPI.ListTemplateEvents(id: id), account: sender.account).data
  }

  /// Waits until the first reading of the list, which every sender brings about, has ended.
  func hasSynced(times: Int = 1) async throws {
    try await eventually("the templates were read") {
      try await text("SELECT count(*) FROM template_syncs WHERE synced_at IS NOT NULL") == ["\(times)"]
    }
  }
}

/// The code and reason of what a body throws.
func reason(_ body: () async throws -> Void) async -> String {
  do {
    try await body()
    return "none"
  } catch let failure as CallFailure {
    return "\(failure.code.rawValue) \(failure.reason)"
  } catch {
    return "\(error)"
  }
}
