import Contracts
import Store

extension Connection {
  /// Begins an attempt, or a new one in the place of the last. `prior` is what the sender falls back to.
  func beginOnboarding(
    _ call: SenderRegistryAPI.ConnectSender, code: String, prior: SenderCondition?, now: Int64
  ) throws {
    let event = call.event ?? (call.phoneNumberID == nil ? .onlyWABA : .finish)
    try execute(
      """
      INSERT INTO onboarding (sender_id, attempt, state, due_at, tries, code, waba_id, phone_number_id,
        is_number_given, business_id, was_online, is_verified, created_at, signup_event, prior)
      VALUES (?1, 1, 'running', ?2, 0, ?3, ?4, ?5, ?5 IS NOT NULL, ?6, ?7, 0, ?2, ?8, ?9)
      ON CONFLICT (sender_id) DO UPDATE
      SET attempt = attempt + 1, state = 'running', due_at = ?2, tries = 0, code = ?3, access_token = NULL,
        waba_id = ?4, phone_number_id = ?5, is_number_given = ?5 IS NOT NULL, business_id = ?6, was_online = ?7,
        is_verified = 0, created_at = ?2, signup_event = ?8, prior = ?9
      """, call.id.text, now, code, call.wabaID, call.phoneNumberID, call.businessID, prior?.status == .online,
      event.rawValue, try prior.map { try PriorCondition($0).json })
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

  /// The next moment after `now` at which one falls due.
  func nextOnboardingDue(after now: Int64) throws -> Int64? {
    try first("SELECT min(due_at) FROM onboarding WHERE state = 'running' AND due_at > ?", now) {
      try $0.optionalInt64(0)
    } ?? nil
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
    let steps = OnboardingStep.Name.allCases
    // Before a step that was settled: the attempt is of a version that did not have this one.
    let settled = steps.lastIndex { known[$0]?.state == .done || known[$0]?.state == .skipped } ?? 0
    return steps.enumerated().compactMap { index, name in
      known[name] ?? (index < settled ? nil : OnboardingStep(name: name, state: .waiting))
    }
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
