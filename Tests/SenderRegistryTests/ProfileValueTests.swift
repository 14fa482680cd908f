import Contracts
import GraphAPI
import Testing

@testable import SenderRegistry

@Suite struct ProfileValueTests {
  // MARK: What people type

  @Test(arguments: [
    ("AUTO", "AUTO"), ("automotive", "AUTO"), ("Beauty, Spa and Salon", "BEAUTY"), ("retail", "RETAIL"),
    ("Shopping and Retail", "RETAIL"), ("Medical", "HEALTH"), ("Matrimony Service", "OTHER"),
    ("Non-profit", "NONPROFIT"),
    ("Public Service", "GOVT"), ("Event Planning and Service", "EVENT_PLAN"), ("otc drugs", "OTC_DRUGS"),
  ])
  func `a category is Meta's value or a label`(input: String, value: String) throws {
    #expect(try ProfileRules.text(.category, input) == value)
  }

  @Test func `the categories are Meta's, each once, and what may only be read is not among them`() {
    let values = ProfileCategories.all.map(\.value)
    #expect(values.count == 21 && Set(values).count == 21)
    #expect(!values.contains("UNDEFINED") && !values.contains("NOT_A_BIZ"))
    #expect(throws: ProfileRules.Refusal.self) { try ProfileRules.text(.category, "UNDEFINED") }
    #expect(throws: ProfileRules.Refusal.self) { try ProfileRules.text(.category, "") }
  }

  @Test(arguments: [
    (ProfileField.about, 1, 139), (.address, 0, 256), (.description, 0, 512),
  ])
  func `texts are as long as Meta allows, and not longer`(field: ProfileField, least: Int, most: Int) throws {
    #expect(try ProfileRules.text(field, String(repeating: "é", count: most)).count == most)
    #expect(throws: ProfileRules.Refusal.self) {
      try ProfileRules.text(field, String(repeating: "e", count: most + 1))
    }
    if least == 1 {
      #expect(throws: ProfileRules.Refusal.self) { try ProfileRules.text(field, " \n ") }
    } else {
      #expect(try ProfileRules.text(field, "  ") == "")
    }
    #expect(throws: ProfileRules.Refusal.self) { try ProfileRules.text(field, "a\u{0}b") }
    #expect(try ProfileRules.text(field, " two\nlines ") == "two\nlines")
  }

  @Test(arguments: ["a@b.c", "hello+tag@shop.example.com"])
  func `an e-mail address`(text: String) throws {
    #expect(try ProfileRules.text(.email, " \(text) ") == text)
  }

  @Test(arguments: [
    "a", "a@b", "@b.c", "a@b..c", "a b@c.d", "a@b.c@d.e", "a@.c", String(repeating: "a", count: 130) + "@b.c",
  ])
  func `no e-mail address`(text: String) {
    #expect(throws: ProfileRules.Refusal.self) { try ProfileRules.text(.email, text) }
  }

  @Test(arguments: ["https://example.com", "HTTP://example.com/a b?".replacing(" ", with: "%20"), "http://a.b:8080/"])
  func `a website`(text: String) throws {
    #expect(try ProfileRules.websites([text]) == [text])
  }

  @Test(arguments: [
    "example.com", "ftp://example.com", "https://", "https:///x", "javascript:alert(1)", "https://a b.c",
    "https://user@example.com", "https:/example.com", "https://?x", "",
    "https://example.com/" + String(repeating: "a", count: 256),
  ])
  func `no website`(text: String) {
    #expect(throws: ProfileRules.Refusal.self) { try ProfileRules.websites([text]) }
  }

  @Test func `two websites are all there are`() {
    #expect(throws: ProfileRules.Refusal.self) {
      try ProfileRules.websites(["https://a.example", "https://b.example", "https://c.example"])
    }
  }

  @Test func `Meta's tidied spelling is the same value`() {
    #expect(ProfileTexts.isSame(.websites, "https://Example.com", "https://example.com/"))
    #expect(!ProfileTexts.isSame(.websites, "https://example.com/a", "https://example.com/A"))
    #expect(ProfileTexts.isSame(.about, "Hello \n", "Hello"))
    #expect(ProfileTexts.isSame(.email, nil, ""))
    #expect(!ProfileTexts.isSame(.description, "a", "b"))
  }

  @Test(arguments: [
    ("description: at most 512 characters", "description"), ("(#100) Param vertical must be one of", "category"),
    ("websites: http or https", "websites"), ("Something went wrong", nil),
    ("about: must not be empty; see address", "about"),
  ])
  func `the field is named where Meta's words name one`(words: String, field: String?) {
    #expect(ProfileRefusal.field(in: words, among: ProfileField.texts) == field)
  }

  // MARK: The ledger

  private let now = Timestamp(milliseconds: 1)

  private func texts(_ values: [ProfileField: String]) -> ProfileTexts {
    var texts = ProfileTexts()
    for (field, text) in values { texts[field] = text }
    return texts
  }

  private func ledger(_ values: [ProfileField: String]) -> ProfileLedger {
    var ledger = ProfileLedger()
    _ = ledger.received(texts(values), hasPicture: false, ownsPicture: false, now: now)
    return ledger
  }

  @Test func `the first reading fills what nobody has set, and leaves what somebody has`() {
    var ledger = ProfileLedger()
    ledger.set(.about, "Ours")
    let drift = ledger.received(
      texts([.about: "Metas", .email: "a@b.c"]), hasPicture: true, ownsPicture: false, now: now)
    #expect(drift.isEmpty && ledger.drift.isEmpty)
    #expect(ledger.wanted[.about] == "Ours" && ledger.wanted[.email] == "a@b.c")
    #expect(ledger.unsent == [.about] && ledger.hasPicture == true)
  }

  @Test func `a later change at Meta is drift once, changes nothing here, and ends when it is taken back`() {
    var ledger = ledger([.about: "A"])
    let changed = texts([.about: "B"])
    #expect(ledger.received(changed, hasPicture: false, ownsPicture: false, now: now).map(\.field) == ["about"])
    #expect(ledger.received(changed, hasPicture: false, ownsPicture: false, now: now).isEmpty)
    #expect(ledger.drift == [ProfileDrift(field: "about", ours: "A", metas: "B", seenAt: now)])
    #expect(ledger.wanted[.about] == "A" && ledger.unsent.isEmpty)
    #expect(ledger.received(texts([.about: "C"]), hasPicture: false, ownsPicture: false, now: now).count == 1)
    _ = ledger.received(texts([.about: "A"]), hasPicture: false, ownsPicture: false, now: now)
    #expect(ledger.drift.isEmpty)
  }

  @Test func `setting a drifted field again decides for ours, setting Meta's value decides for Meta's`() {
    var ours = ledger([.about: "A"])
    _ = ours.received(texts([.about: "B"]), hasPicture: false, ownsPicture: false, now: now)
    var metas = ours
    ours.set(.about, "A")
    #expect(ours.unsent == [.about] && ours.drift.isEmpty)
    metas.set(.about, "B")
    #expect(metas.unsent.isEmpty && metas.drift.isEmpty && metas.wanted[.about] == "B")
  }

  @Test func `fields that drifted are not sent with those that were touched`() {
    var ledger = ledger([.about: "A", .email: "a@b.c"])
    _ = ledger.received(texts([.about: "B", .email: "a@b.c"]), hasPicture: false, ownsPicture: false, now: now)
    ledger.set(.email, "x@y.z")
    #expect(ledger.unsent == [.email])
  }

  @Test func `a value that Meta has already is not sent`() {
    var ledger = ledger([.about: "A"])
    ledger.set(.about, " A ")
    #expect(ledger.unsent.isEmpty)
    ledger.set(.about, "B")
    #expect(ledger.unsent == [.about])
    ledger.set(.about, "A")
    #expect(ledger.unsent.isEmpty)
  }

  @Test func `what was changed while a post was under way stays unsent`() {
    var ledger = ledger([:])
    ledger.set(.about, "A")
    ledger.set(.email, "a@b.c")
    let post = ProfilePost(fields: [.about, .email], texts: ledger.wanted)
    ledger.set(.about, "B")
    ledger.took(post, isLogoStill: true)
    #expect(ledger.unsent == [.about] && ledger.metas[.about] == "A" && ledger.metas[.email] == "a@b.c")
  }

  @Test func `after a lost answer only what Meta does not show is sent again`() {
    var ledger = ledger([:])
    ledger.set(.about, "A")
    ledger.set(.email, "a@b.c")
    let post = ProfilePost(fields: [.about, .email], texts: ledger.wanted)
    let reading = texts([.about: "A"])
    let taken = ledger.isTaken(post, reading, hasPicture: false)
    #expect(taken.fields == [.about])
    ledger.took(taken, isLogoStill: true)
    _ = ledger.received(reading, hasPicture: false, ownsPicture: false, now: now)
    #expect(ledger.unsent == [.email])
  }

  @Test func `a picture that was there before proves nothing`() {
    let ledger = ledger([:])
    var post = ProfilePost(fields: [.logo], handle: "h", hadPicture: false)
    #expect(ledger.isTaken(post, ProfileTexts(), hasPicture: true).fields == [.logo])
    #expect(ledger.isTaken(post, ProfileTexts(), hasPicture: false).fields.isEmpty)
    post.hadPicture = true
    #expect(ledger.isTaken(post, ProfileTexts(), hasPicture: true).fields.isEmpty)
  }

  @Test func `a picture that is gone at Meta is drift of the logo`() {
    var ledger = ledger([:])
    #expect(ledger.received(ProfileTexts(), hasPicture: false, ownsPicture: true, now: now).map(\.field) == ["logo"])
    _ = ledger.received(ProfileTexts(), hasPicture: true, ownsPicture: true, now: now)
    #expect(ledger.drift.isEmpty)
  }

  @Test func `adopting takes everything over`() {
    var ledger = ledger([.about: "A"])
    ledger.set(.email, "a@b.c")
    ledger.adopt(texts([.about: "B"]), hasPicture: false)
    #expect(ledger.wanted == texts([.about: "B"]) && ledger.unsent.isEmpty && ledger.drift.isEmpty)
  }

  // MARK: The plan

  private func next(
    sending: ProfilePost? = nil, unsent: Set<ProfileField> = [], refused: Set<ProfileField> = [],
    upload: ProfilePlan.Upload = .none, pushAt: Int64 = 0, readAt: Int64 = 100, now: Int64 = 50
  ) -> ProfilePlan.Action {
    ProfilePlan.next(
      sending: sending, unsent: unsent, refused: refused, upload: upload, pushAt: pushAt, readAt: readAt, now: now)
  }

  @Test func `texts go before the picture, the picture in three steps`() {
    #expect(next(unsent: [.logo, .email, .about]) == .post([.about, .email]))
    #expect(next(unsent: [.logo]) == .startUpload)
    #expect(
      next(unsent: [.logo], upload: .begun(id: "u", mayHaveSent: false))
        == .sendPicture(uploadID: "u", isResumed: false))
    #expect(next(unsent: [.logo], upload: .done(handle: "h")) == .postLogo(handle: "h"))
  }

  @Test func `a post whose outcome is not known is settled first`() {
    let post = ProfilePost(fields: [.about])
    #expect(next(sending: post, unsent: [.about, .logo]) == .reconcile(post))
    #expect(next(sending: post, pushAt: 60) == .rest(until: 60))
  }

  @Test func `what Meta refused waits for people, and a refused picture holds back no text`() {
    #expect(next(unsent: [.about], refused: [.about]) == .rest(until: 100))
    #expect(next(unsent: [.about, .logo], refused: [.logo]) == .post([.about]))
  }

  @Test func `with nothing to send the profile is read when that is due`() {
    #expect(next(now: 100) == .read)
    #expect(next(now: 99) == .rest(until: 100))
    #expect(next(unsent: [.about], pushAt: 200, now: 150) == .read)
  }

  // MARK: Names

  private func name(
    verified: String = "Old", new: String? = nil, _ status: String? = nil
  ) -> GraphNumberName {
    var name = GraphNumberName(verifiedName: verified)
    name.newDisplayName = new
    name.newNameStatus = status
    return name
  }

  @Test func `what Meta says of a name in review`() {
    #expect(NameReview(name(new: "New", "PENDING_REVIEW"), asked: "New") == .open)
    #expect(NameReview(name(new: "New", "APPROVED"), asked: "New") == .approved)
    #expect(NameReview(name(new: "New", "AVAILABLE_WITHOUT_REVIEW"), asked: "New") == .approved)
    #expect(NameReview(name(new: "New", "SOMETHING_NEW"), asked: "New") == .open)
    #expect(NameReview(name(verified: "New", "NONE"), asked: "New") == .live)
    #expect(NameReview(name(new: "Another", "PENDING_REVIEW"), asked: "New") == .unknown)
    #expect(NameReview(name("NONE"), asked: "New") == .unknown)
    #expect(NameReview(decision: "APPROVED", rejectionReason: nil) == .approved)
    #expect(NameReview(decision: "DEFERRED", rejectionReason: nil) == .open)
    guard case .declined(let why) = NameReview(decision: "REJECTED", rejectionReason: "NAME_NOT_CONSISTENT") else {
      return #expect(Bool(false))
    }
    #expect(why.contains("NAME_NOT_CONSISTENT"))
  }

  @Test func `a started effect is looked for before it is repeated`() {
    func next(_ step: NameChangePlan.Step, _ isStarted: Bool, knows: Bool = true) -> NameChangePlan.Action {
      NameChangePlan.next(step, isStarted: isStarted, knowsRegistration: knows)
    }
    #expect(next(.asking, false) == .ask && next(.asking, true) == .lookForRequest)
    #expect(next(.registering, false, knows: false) == .lookBeforeRegistration)
    #expect(next(.registering, false) == .register && next(.registering, true) == .lookForRegistration)
    #expect(next(.review, false) == .lookForDecision && next(.reading, false) == .readName)
    #expect(next(.done, false) == .nothing && next(.declined, true) == .nothing)
  }
}
