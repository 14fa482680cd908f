import Contracts
import Store

extension Connection {
  /// Begins an attempt, or a new one in the place of the last.
  func beginOnboarding(
    _ id: SenderID, code: String, wabaID: String, phoneNumberID: String?, businessID: String?, wasOnline: Bool,
    now: Int64
  ) throws {
    try execute(
      """
      INSERT INTO onboarding (sender_id, attempt, state, due_at, tries, code, waba_id, phone_number_id,
        is_number_given, business_id, was_online, is_verified, created_at)
      VALUES (?1, 1, 'running', ?2, 0, ?3, ?4, ?5, ?5 IS NOT NULL, ?6, ?7, 0, ?2)
      ON CONFLICT (sender_id) DO UPDATE
      SET attempt = attempt + 1, state = 'running', due_at = ?2, tries = 0, code = ?3, access_token = NULL,
        waba_id = ?4, phone_number_id = ?5, is_number_given = ?5 IS NOT NULL, business_id = ?6, was_online = ?7,
        is_verified = 0, created_at = ?2
      """, id.text, now, code, wabaID, phoneNumberID, businessID, wasOnline)
  }

  func onboarding(_ id: SenderID) throws -> OnboardingRow? {
    try first("SELECT \(OnboardingRow.columns) FROM onboarding WHERE sender_id = ?", id.text, map: OnboardingRow.init)
  }

  /// Senders whose onboarding has something to do at `now`, longest due first.
  func dueOnboardings(now: Int64, limit: Int) throws -> [SenderID] {
    try all(
      "SELECT sender_id FROM onboarding WHERE state = 'running' AND due_at <= ? ORDER BY due_at LIMIT ?", now, limit
    ) { SenderID(trusted: try $0.text(0)) }
  }

  func nextOnboardingDue() throws -> Int64? {
    try first("SELECT min(due_at) FROM onboarding WHERE state = 'running'") { try $0.optionalInt64(0) } ?? nil
  }

  /// The steps' states of one attempt.
  func stepStates(_ id: SenderID, attempt: Int) throws -> [OnboardingStep.Name: OnboardingStep.State] {
    var states: [OnboardingStep.Name: OnboardingStep.State] = [:]
    try forEach(
      "SELECT name, state FROM onboarding_steps WHERE sender_id = ? AND attempt = ?", id.text, attempt
    ) { row in
      guard let name = OnboardingStep.Name(rawValue: try row.text(0)) else { return }
      states[name] = OnboardingStep.State(rawValue: try row.text(1))
    }
    return states
  }

  /// The steps of one attempt as people see them, those to come included.
  func steps(_ id: SenderID, attempt: Int) throws -> [OnboardingStep] {
    var known: [OnboardingStep.Name: OnboardingStep] = [:]
    try forEach(
      """
      SELECT name, state, result, started_at, finished_at FROM onboarding_steps WHERE sender_id = ? AND attempt = ?
      """, id.text, attempt
    ) { row in
      guard let name = OnboardingStep.Name(rawValue: try row.text(0)),
        let state = OnboardingStep.State(rawValue: try row.text(1))
      else { return }
      known[name] = OnboardingStep(
        name: name, state: state, result: try row.optionalText(2),
        startedAt: Timestamp(milliseconds: try row.int64(3)),
        finishedAt: try row.optionalInt64(4).map { Timestamp(milliseconds: $0) })
    }
    return OnboardingStep.Name.allCases.map { known[$0] ?? OnboardingStep(name: $0, state: .waiting) }
  }

  /// Journals that a step begins; its first start stays.
  func startStep(_ name: OnboardingStep.Name, of id: SenderID, attempt: Int, now: Int64) throws {
    try execute(
      """
      INSERT INTO onboarding_steps (sender_id, attempt, name, state, started_at)
      VALUES (?, ?, ?, 'started', ?)
      ON CONFLICT DO UPDATE SET state = 'started', finished_at = NULL
      """, id.text, attempt, name.rawValue, now)
  }

  /// Journals how a step went.
  func setStep(
    _ name: OnboardingStep.Name, of id: SenderID, attempt: Int, _ state: OnboardingStep.State, _ result: String,
    now: Int64
  ) throws {
    let isOver = state != .waiting && state != .started
    try execute(
      """
      INSERT INTO onboarding_steps (sender_id, attempt, name, state, result, started_at, finished_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
      ON CONFLICT DO UPDATE SET state = ?4, result = ?5, finished_at = ?7
      """, id.text, attempt, name.rawValue, state.rawValue, result, now, isOver ? now : nil)
  }

  /// Says when the attempt goes on; `tries` counts failures of the current step.
  func scheduleOnboarding(
    _ id: SenderID, attempt: Int, state: OnboardingRow.State, dueAt: Int64, tries: Int
  ) throws {
    try execute(
      "UPDATE onboarding SET state = ?, due_at = ?, tries = ? WHERE sender_id = ? AND attempt = ?", state.rawValue,
      dueAt, tries, id.text, attempt)
  }

  /// Ends the attempt; code and token it held are forgotten.
  func endOnboarding(_ id: SenderID, attempt: Int) throws {
    try execute(
      """
      UPDATE onboarding SET state = 'ended', code = NULL, access_token = NULL WHERE sender_id = ? AND attempt = ?
      """, id.text, attempt)
  }
}
