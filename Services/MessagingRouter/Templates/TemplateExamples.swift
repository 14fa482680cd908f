import Contracts
import Crypto
import GraphAPI
import JSON
import Store
import Wire
import Workers

/// Files of ours that show Meta's reviewers what a header will look like. Meta takes a handle there, which only its
/// resumable uploads give; uploading is no effect by itself: what nobody names ends at Meta by itself.
struct TemplateExamples: Sendable {
  /// An example is held in memory while it is uploaded: as long as Meta's videos, and two at a time.
  static let mostBytes: Int64 = 16 << 20
  static let atOnce = 2

  private let database: Database
  private let files: MediaFiles
  private let graph: GraphClient
  /// Uploads belong to the app; nil where the service was not told which it is.
  private let appID: String?
  private let places = Places(TemplateExamples.atOnce)

  init(database: Database, files: MediaFiles, graph: GraphClient, appID: String?) {
    self.database = database
    self.files = files
    self.graph = graph
    self.appID = appID
  }

  /// A file that a header names.
  struct Named: Equatable {
    var id: MediaID
    var kind: MediumKind
    var field: String
  }

  /// The files that headers name, those of cards too.
  static func named(in components: [TemplateComponent], under path: String = "components") -> [Named] {
    components.enumerated().flatMap { index, component -> [Named] in
      let field = "\(path)[\(index)]"
      let cards = (component.cards ?? []).enumerated().flatMap { card, value in
        named(in: value.components, under: "\(field).cards[\(card)].components")
      }
      guard let id = component.example?.headerMediaID else { return cards }
      let kind: MediumKind =
        switch component.format {
        case .image: .image
        // Meta's moving pictures are videos without sound.
        case .video, .gif: .video
        default: .document
        }
      return [Named(id: id, kind: kind, field: "\(field).example.header_media_id")] + cards
    }
  }

  /// Refuses what the account does not have, what Meta would not take, and all of them where uploads cannot be made.
  func check(_ components: [TemplateComponent], account: String, _ connection: Connection) throws {
    var problems: [TemplateProblem] = []
    for named in Self.named(in: components) {
      guard appID != nil else {
        throw CallFailure.failedPrecondition(
          "EXAMPLE_UPLOAD_UNAVAILABLE",
          "\(named.field): the service was not told its app at Meta (META_APP_ID); give a header_handle instead",
          details: ["field": .string(named.field)])
      }
      guard let facts = try SendSeams.media(named.id, account: account, connection) else {
        throw SendRefusal.mediaNotFound.failure("\(named.field): no such file in this account", field: named.field)
      }
      if let (code, words) = facts.problem(as: named.kind) {
        problems.append(TemplateProblem(named.field, code.rawValue, "\(named.field): \(words)"))
      } else if let bytes = facts.bytes, bytes > Self.mostBytes {
        problems.append(
          TemplateProblem(
            named.field, ContentProblem.Code.mediaSize.rawValue,
            "\(named.field): has \(bytes) bytes; an example has \(Self.mostBytes) at most"))
      }
    }
    guard problems.isEmpty else { throw problems.failure(.invalidArgument, "TEMPLATE_INVALID") }
  }

  /// The components with Meta's handles in place of our ids. A file that several headers name is uploaded once.
  func given(
    _ components: [TemplateComponent], token: Secret
  ) async throws(TemplateReader.Failure) -> [TemplateComponent] {
    let wanted = Self.named(in: components)
    if wanted.isEmpty { return components }
    guard places.take() else { throw .examplesBusy }
    defer { places.giveBack() }
    var handles: [MediaID: String] = [:]
    for named in wanted where handles[named.id] == nil { handles[named.id] = try await upload(named.id, token) }
    return Self.placing(handles, in: components)
  }

  private static func placing(_ handles: [MediaID: String], in components: [TemplateComponent]) -> [TemplateComponent] {
    components.map { component in
      var component = component
      if let id = component.example?.headerMediaID, let handle = handles[id] {
        component.example?.headerMediaID = nil
        component.example?.headerHandle = [handle]
      }
      component.cards = component.cards?.map { card in
        var card = card
        card.components = placing(handles, in: card.components)
        return card
      }
      return component
    }
  }

  private func upload(_ id: MediaID, _ token: Secret) async throws(TemplateReader.Failure) -> String {
    guard let appID, let (row, bytes) = await read(id) else { throw .exampleGone(id) }
    do throws(GraphFailure) {
      let session = try await graph.startUpload(
        appID: appID, fileName: row.filename ?? "example", length: bytes.count,
        contentType: row.essence ?? "application/octet-stream", token: token)
      do throws(GraphFailure) {
        return try await graph.upload(bytes, to: session, offset: 0, token: token)
      } catch {
        guard case .unknown = error else { throw error }
        // What arrived of it is not sent again: Meta says where to go on.
        let offset = min(try await graph.uploadOffset(session, token: token), bytes.count)
        return try await graph.upload(Array(bytes[offset...]), to: session, offset: offset, token: token)
      }
    } catch {
      throw .graph(error)
    }
  }

  /// Nil when the bytes are not here any more, or cannot be read.
  private func read(_ id: MediaID) async -> (MediaRow, [UInt8])? {
    do {
      guard let row = try await database.read({ try MediaRow.find(id: id, $0) }), row.state == .available,
        let sha256 = row.sha256
      else { return nil }
      let bytes = try await OffLoop.run { [files] () throws -> [UInt8]? in
        guard let file = files.open(sha256), Int64(file.bytes) <= Self.mostBytes else { return nil }
        return try file.read(0..<file.bytes)
      }
      return bytes.map { (row, $0) }
    } catch {
      return nil
    }
  }
}
