// The blacklist: who may not buy.

/// Whom an entry names.
public enum BlacklistValue: Sendable, Hashable {
    /// A buyer.
    case user(String)
    /// A device.
    case device(String)
    /// An address, or a range like `203.0.113.0/24`.
    case network(String)
    /// What this version of the client does not know.
    case unrecognized
}

/// One entry: who may not buy, until when, and why.
public struct BlacklistEntry: Sendable, Hashable {
    /// Made by the server, and grows with each entry; 0 in a request.
    public var id: Int
    /// Whom it bars.
    public var value: BlacklistValue
    /// It bars while the time is before this, Unix milliseconds; 0 for good.
    public var expiresAtMilliseconds: Int
    /// For people, 256 bytes at most.
    public var reason: String
    /// Where it comes from, 64 bytes at most.
    public var source: String
    /// Who added it: the name in the caller's certificate. Not sent.
    public var operatorName: String
    /// When it was added, Unix milliseconds. Not sent.
    public var createdAtMilliseconds: Int

    /// Makes one; the fields are described above.
    public init(
        _ value: BlacklistValue, expiresAtMilliseconds: Int = 0, reason: String = "",
        source: String = "", id: Int = 0, operatorName: String = "",
        createdAtMilliseconds: Int = 0
    ) {
        self.id = id
        self.value = value
        self.expiresAtMilliseconds = expiresAtMilliseconds
        self.reason = reason
        self.source = source
        self.operatorName = operatorName
        self.createdAtMilliseconds = createdAtMilliseconds
    }
}

/// What became of one entry or target.
public enum BlacklistItemOutcome: WireEnum {
    /// See the answer's outcome.
    case unspecified
    /// It is on the list.
    case added
    /// It is on the list in place of an older entry of the same value.
    case replaced
    /// Its end has passed: nothing was added.
    case lapsed
    /// It is off the list.
    case removed
    /// It was not on the list.
    case notFound
    /// The range is so wide that it must be confirmed.
    case wide
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "BLACKLIST_ITEM_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"), (.added, "ADDED"), (.replaced, "REPLACED"),
        (.lapsed, "LAPSED"), (.removed, "REMOVED"), (.notFound, "NOT_FOUND"), (.wide, "WIDE"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .added: 1
        case .replaced: 2
        case .lapsed: 3
        case .removed: 4
        case .notFound: 5
        case .wide: 6
        case .unrecognized(let number): number
        }
    }
}

/// What became of one entry or target.
public struct BlacklistResult: Sendable, Hashable {
    /// What.
    public var outcome: BlacklistItemOutcome
    /// The entry that was added or removed; 0 none, also with `validateOnly`.
    public var id: Int
    /// The entry that it replaced, 0 none.
    public var replacedID: Int
    /// The entry that was replaced or removed, as it was; nil in an answer that is replayed.
    public var entry: BlacklistEntry?
    /// `wide`: how many of the addresses that were seen lately it would bar.
    public var addressesHit: Int

    /// Makes one; the fields are described above.
    public init(
        outcome: BlacklistItemOutcome = .unspecified, id: Int = 0, replacedID: Int = 0,
        entry: BlacklistEntry? = nil, addressesHit: Int = 0
    ) {
        self.outcome = outcome
        self.id = id
        self.replacedID = replacedID
        self.entry = entry
        self.addressesHit = addressesHit
    }
}

/// What became of a BlacklistAdd.
public enum BlacklistAddOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// All entries are on the list, but for those that had lapsed.
    case added
    /// A full check passed; nothing changed.
    case valid
    /// A range is so wide that it must be confirmed. Nothing changed.
    case confirmationNeeded
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "BLACKLIST_ADD_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"), (.added, "ADDED"), (.valid, "VALID"),
        (.confirmationNeeded, "CONFIRMATION_NEEDED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .added: 1
        case .valid: 2
        case .confirmationNeeded: 3
        case .unrecognized(let number): number
        }
    }
}

/// Adds entries, all or none. A value that is listed already is replaced.
public struct BlacklistAddRequest: Sendable, Hashable {
    /// Entries of one request.
    public static let entriesMax = 100

    /// 16 bytes made by the caller: a retry adds once.
    public var requestID: RequestID
    /// 1 to 100 entries.
    public var entries: [BlacklistEntry]
    /// Ranges of IPv4 /0 to /8 and IPv6 /0 to /32 are meant.
    public var confirmWide: Bool
    /// Full check, nothing changes.
    public var validateOnly: Bool

    /// Makes one; the fields are described above.
    public init(
        entries: [BlacklistEntry], requestID: RequestID = RequestID(), confirmWide: Bool = false,
        validateOnly: Bool = false
    ) {
        self.requestID = requestID
        self.entries = entries
        self.confirmWide = confirmWide
        self.validateOnly = validateOnly
    }
}

/// The answer to a BlacklistAdd.
public struct BlacklistAddResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: BlacklistAddOutcome
    /// One an entry, in their order.
    public var results: [BlacklistResult]
    /// The request id was known.
    public var replayed: Bool
    /// `confirmationNeeded`: how many different addresses were seen lately.
    public var addressesSeen: Int

    /// Makes one; the fields are described above.
    public init(
        outcome: BlacklistAddOutcome = .unspecified, results: [BlacklistResult] = [],
        replayed: Bool = false, addressesSeen: Int = 0
    ) {
        self.outcome = outcome
        self.results = results
        self.replayed = replayed
        self.addressesSeen = addressesSeen
    }
}

/// An entry by id or by its value.
public enum BlacklistTarget: Sendable, Hashable {
    /// The entry with this id.
    case id(Int)
    /// The entry of exactly this value.
    case value(BlacklistValue)
}

/// What became of a BlacklistRemove.
public enum BlacklistRemoveOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// What was there is off the list.
    case removed
    /// Nothing of it was there.
    case notFound
    /// A full check passed; nothing changed.
    case valid
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "BLACKLIST_REMOVE_OUTCOME_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"), (.removed, "REMOVED"), (.notFound, "NOT_FOUND"),
        (.valid, "VALID"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .removed: 1
        case .notFound: 2
        case .valid: 3
        case .unrecognized(let number): number
        }
    }
}

/// Removes entries.
public struct BlacklistRemoveRequest: Sendable, Hashable {
    /// 16 bytes made by the caller.
    public var requestID: RequestID
    /// 1 to 100 targets.
    public var targets: [BlacklistTarget]
    /// Full check, nothing changes.
    public var validateOnly: Bool

    /// Makes one; the fields are described above.
    public init(
        targets: [BlacklistTarget], requestID: RequestID = RequestID(), validateOnly: Bool = false
    ) {
        self.requestID = requestID
        self.targets = targets
        self.validateOnly = validateOnly
    }
}

/// The answer to a BlacklistRemove.
public struct BlacklistRemoveResponse: Sendable, Hashable {
    /// What became of it.
    public var outcome: BlacklistRemoveOutcome
    /// One a target, in their order.
    public var results: [BlacklistResult]
    /// The request id was known.
    public var replayed: Bool

    /// Makes one; the fields are described above.
    public init(
        outcome: BlacklistRemoveOutcome = .unspecified, results: [BlacklistResult] = [],
        replayed: Bool = false
    ) {
        self.outcome = outcome
        self.results = results
        self.replayed = replayed
    }
}

/// What an entry names.
public enum BlacklistKind: WireEnum {
    /// Any.
    case unspecified
    /// A buyer.
    case user
    /// A device.
    case device
    /// An address or a range.
    case network
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "BLACKLIST_KIND_"
    /// Every known value with its short name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"), (.user, "USER"), (.device, "DEVICE"),
        (.network, "NETWORK"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .user: 1
        case .device: 2
        case .network: 3
        case .unrecognized(let number): number
        }
    }
}

/// Lists entries that have not lapsed: by id, or with a user, device, address or network only those of these values.
public struct BlacklistListRequest: Sendable, Hashable {
    /// Entries an answer, at most 100; 0 takes 100.
    public var pageSize: Int
    /// `nextPageToken` of the answer before.
    public var pageToken: String
    /// Only this kind.
    public var kind: BlacklistKind
    /// The buyer's entry.
    public var userID: String
    /// The device's entry.
    public var deviceID: String
    /// All entries that cover this address, the most specific first.
    public var address: String
    /// The entry of exactly this range.
    public var network: String

    /// Makes one; the fields are described above.
    public init(
        pageSize: Int = 0, pageToken: String = "", kind: BlacklistKind = .unspecified,
        userID: String = "", deviceID: String = "", address: String = "", network: String = ""
    ) {
        self.pageSize = pageSize
        self.pageToken = pageToken
        self.kind = kind
        self.userID = userID
        self.deviceID = deviceID
        self.address = address
        self.network = network
    }
}

/// The answer to a BlacklistList.
public struct BlacklistListResponse: Sendable, Hashable {
    /// The entries. A page may have none, and yet not be the last.
    public var entries: [BlacklistEntry]
    /// There may be more: ask again with this. Empty: there is not.
    public var nextPageToken: String
    /// Entries of all kinds on the list.
    public var entryCount: Int

    /// Makes one; the fields are described above.
    public init(entries: [BlacklistEntry] = [], nextPageToken: String = "", entryCount: Int = 0) {
        self.entries = entries
        self.nextPageToken = nextPageToken
        self.entryCount = entryCount
    }
}
