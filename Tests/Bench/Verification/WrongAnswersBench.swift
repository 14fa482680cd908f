import JSON

/// A speech server that hears another code than was said, the same one three times, and is not sure or does not say how
/// sure it is: the machine must not hand it in, and must not lose the session either.
struct WrongAnswersBench {
  let world: VerificationWorld

  func run() throws -> [Figure] {
    Progress.tell("\(world.lines.count) sessions with a wrong answer")
    let half = world.lines.count / 2
    let before = try world.submissions().all
    var waiting = 0
    // exp(-0.9) is a confidence of 0.41; plain JSON has none.
    waiting += try play(
      world.lines.prefix(half), ["reset": true, "mode": "wrong", "avg_logprob": -0.9])
    waiting += try play(
      world.lines.dropFirst(half), ["reset": true, "mode": "wrong", "format_override": "json"])
    let submitted = try world.submissions().all - before
    try world.sandbox.call("PUT", "/control/speech", ["reset": true])
    let note =
      "half of the answers with a confidence of 0.41, half without any; submissions counted by Meta's ledger. Each of "
      + "the sessions waits for a listener, who is shown the wrong code as a guess: LOW_CONFIDENCE"
    return [
      Figure("verification_wrong_answers", Double(world.lines.count), "sessions"),
      Figure("verification_wrong_answers_submitted", Double(submitted), "codes", atMost: 0),
      Figure(
        "verification_wrong_answers_to_a_listener", Double(waiting), "sessions", atLeast: Double(world.lines.count)
      ).noted(note),
    ]
  }

  /// Sessions at once; how many came to wait for a listener with the wrong code as a guess.
  private func play(_ lines: ArraySlice<VerificationWorld.Line>, _ speech: JSONValue) throws -> Int {
    try world.sandbox.call("PUT", "/control/speech", speech)
    var ids: [String] = []
    for line in lines {
      try world.makeUnverified(line)
      ids.append(try world.start(line))
    }
    // What becomes of a session is counted, not demanded: a missed target is a result, too.
    let resting = VerificationWorld.over.union(["needs_a_listener"])
    try world.wait("the sessions are at rest", within: 90, every: 200) {
      try world.newest(ids.count).allSatisfy { resting.contains($0["state"]?.string ?? "") }
    }
    var waiting = 0
    for (line, id) in zip(lines, ids) where try world.verification(id)["state"] == "needs_a_listener" {
      let recordings = try world.registry.call("GET", "/v1/verifications/\(id)/recordings")["data"]?.array ?? []
      let said = try world.code(of: line)
      let isWaiting = recordings.contains { recording in
        let guess = recording["guess"]
        return recording["state"] == "available" && guess?["digits"] == .string(Self.misheard(said))
          && guess?["why"] == "LOW_CONFIDENCE"
      }
      if isWaiting { waiting += 1 }
      try world.registry.call("POST", "/v1/verifications/\(id)/cancel")
    }
    try world.settled(ids)
    return waiting
  }

  /// As the sandbox's speech server mishears: the second and the fifth digit.
  private static func misheard(_ code: String) -> String {
    String(
      code.enumerated().map { index, character in
        guard index == 1 || index == 4, let digit = character.wholeNumberValue else { return character }
        return Character(String((digit + 4) % 10))
      })
  }
}
