package import Wire

extension SenderRegistryAPI {
  /// The inventory of phone numbers, the carrier's offers, and numbers that Meta has verified in advance.
  package static let numberCalls: [any Call.Type] = [
    ListNumbers.self, GetNumber.self, AddNumber.self, UpdateNumber.self, DeleteNumber.self,
    SearchAvailableNumbers.self, BuyNumber.self, ReleaseNumber.self, ImportNumbers.self,
    ListReadyNumbers.self, DeleteReadyNumber.self,
  ]

  /// Numbers of the account, newest first.
  package struct ListNumbers: Call {
    package static let method = "registry.number.list"
    package static let summary = "Phone numbers of the account, newest first; released ones only by state."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/numbers", role: .viewer)
    package typealias Reply = Page<InventoryNumber>
    package var kind: InventoryNumber.Kind?
    /// ISO 3166 alpha-2.
    package var country: String?
    /// True: only those a sender may be created with; false: only the others.
    package var available: Bool?
    package var state: InventoryNumber.State?
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(
      kind: InventoryNumber.Kind? = nil, country: String? = nil, available: Bool? = nil,
      state: InventoryNumber.State? = nil, limit: Int? = nil, cursor: String? = nil
    ) {
      self.kind = kind
      self.country = country
      self.available = available
      self.state = state
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// One number.
  package struct GetNumber: Call {
    package static let method = "registry.number.get"
    package static let summary = "One phone number of the inventory, with its state and the sender that uses it."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/numbers/{id}", role: .viewer)
    package typealias Reply = InventoryNumber
    package var id: NumberID

    package init(id: NumberID) { self.id = id }
  }

  /// Enters a number by hand.
  package struct AddNumber: Call {
    package static let method = "registry.number.add"
    package static let summary = "Enter a phone number by hand: one that no carrier here is asked about."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/numbers", role: .admin, successStatus: 201)
    package typealias Reply = InventoryNumber
    package var phoneNumber: PhoneNumber
    /// Default `normal`.
    package var kind: InventoryNumber.Kind?
    /// At most 64 characters.
    package var nickname: String?

    package init(phoneNumber: PhoneNumber, kind: InventoryNumber.Kind? = nil, nickname: String? = nil) {
      self.phoneNumber = phoneNumber
      self.kind = kind
      self.nickname = nickname
    }
  }

  /// Changes what a person may change.
  package struct UpdateNumber: Call {
    package static let method = "registry.number.update"
    package static let summary = "Change a number's nickname; null removes it."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.patch, "/v1/numbers/{id}", role: .operator)
    package typealias Reply = InventoryNumber
    package var id: NumberID
    /// At most 64 characters.
    package var nickname: Patch<String>
    package var ifVersion: Int64?

    package init(id: NumberID, nickname: Patch<String> = .absent, ifVersion: Int64? = nil) {
      self.id = id
      self.nickname = nickname
      self.ifVersion = ifVersion
    }
  }

  /// Takes a number that was entered by hand, or that could not be bought, out of the inventory.
  package struct DeleteNumber: Call {
    package static let method = "registry.number.delete"
    package static let summary =
      "Take a number out of the inventory: one entered by hand, or one that could not be bought."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.delete, "/v1/numbers/{id}", role: .admin, successStatus: 204)
    package typealias Reply = Done
    package var id: NumberID
    package var ifVersion: Int64?

    package init(id: NumberID, ifVersion: Int64? = nil) {
      self.id = id
      self.ifVersion = ifVersion
    }
  }

  /// Asks the carrier what it would sell.
  package struct SearchAvailableNumbers: Call {
    package static let method = "registry.number.search"
    package static let summary = "Phone numbers that the carrier offers for sale now."
    package static let isIdempotent = true
    package static let deadline = Duration.seconds(20)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/available-numbers", role: .operator)
    package typealias Reply = Page<AvailableNumber>
    /// ISO 3166 alpha-2.
    package var country: String
    /// 2 to 10 digits, `*` for any digit.
    package var contains: String?
    /// Default `local`.
    package var type: AvailableNumber.Kind?
    /// 1 to 100, default 25.
    package var limit: Int?

    package init(
      country: String, contains: String? = nil, type: AvailableNumber.Kind? = nil, limit: Int? = nil
    ) {
      self.country = country
      self.contains = contains
      self.type = type
      self.limit = limit
    }
  }

  /// Buys a number at the carrier; the work goes on behind the answer.
  package struct BuyNumber: Call {
    package static let method = "registry.number.buy"
    package static let summary =
      "Buy a phone number at the carrier. It starts as buying and becomes active or failed, with the reason."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/numbers/buy", role: .admin, successStatus: 202)
    package typealias Reply = InventoryNumber
    package var phoneNumber: PhoneNumber
    /// At most 64 characters.
    package var nickname: String?

    package init(phoneNumber: PhoneNumber, nickname: String? = nil) {
      self.phoneNumber = phoneNumber
      self.nickname = nickname
    }
  }

  /// Gives a number back to the carrier; the work goes on behind the answer.
  package struct ReleaseNumber: Call {
    package static let method = "registry.number.release"
    package static let summary = "Give a phone number back to the carrier. Refused while a sender uses it."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/numbers/{id}/release", role: .admin, successStatus: 202)
    package typealias Reply = InventoryNumber
    package var id: NumberID

    package init(id: NumberID) { self.id = id }
  }

  /// Takes numbers of the carrier's account into the inventory.
  package struct ImportNumbers: Call {
    package static let method = "registry.number.import"
    package static let summary =
      "Take numbers that the carrier's account holds and no inventory has into an inventory. For the operator only."
    package static let deadline = Duration.seconds(60)
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.post, "/v1/numbers/import", role: .admin)
    /// Only this one; absent for all.
    package var phoneNumber: PhoneNumber?
    /// The account that gets them; default the operator's own.
    package var accountID: AccountID?

    package struct Reply: Codable, Sendable {
      /// What was added, at most 100 of them.
      package var data: [InventoryNumber]
      package var imported: Int
      /// Numbers that an inventory has already.
      package var known: Int

      package init(data: [InventoryNumber], imported: Int, known: Int) {
        self.data = data
        self.imported = imported
        self.known = known
      }
    }

    package init(phoneNumber: PhoneNumber? = nil, accountID: AccountID? = nil) {
      self.phoneNumber = phoneNumber
      self.accountID = accountID
    }
  }

  /// Numbers verified in advance that nobody has claimed.
  package struct ListReadyNumbers: Call {
    package static let method = "registry.ready_number.list"
    package static let summary =
      "Verified numbers ready to be connected, newest first, with the days their verification still lasts."
    package static let isIdempotent = true
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.get, "/v1/ready-numbers", role: .viewer)
    package typealias Reply = Page<ReadyNumber>
    /// 1 to 100, default 25.
    package var limit: Int?
    package var cursor: String?

    package init(limit: Int? = nil, cursor: String? = nil) {
      self.limit = limit
      self.cursor = cursor
    }
  }

  /// Takes a verified number out of Meta's pool.
  package struct DeleteReadyNumber: Call {
    package static let method = "registry.ready_number.delete"
    package static let summary = "Take a verified number out of Meta's pool. Its sender then waits without a number."
    package static let callers: Set<ServiceName> = []
    package static let route: Route? = Route(.delete, "/v1/ready-numbers/{id}", role: .admin, successStatus: 202)
    package typealias Reply = Done
    package var id: NumberID

    package init(id: NumberID) { self.id = id }
  }
}
