// ReadRiskLog: the calls that admission did not simply allow.

/// Reads the log of admission, newest first within each of its parts: what the risk rules did not allow, what the limiter
/// refused, and a thin sample of the rest. The log is memory: a restart empties it.
public struct ReadRiskLogRequest: Sendable, Hashable {
    /// Only this buyer's; empty: everybody's.
    public var userID: String
    /// Entries an answer, at most 200; 0 takes 200. An answer may hold fewer, or none, although there are more.
    public var pageSize: Int
    /// `nextPageToken` of the answer before.
    public var pageToken: String

    /// Makes one; the fields are described above.
    public init(
        userID: String = "", pageSize: Int = 0, pageToken: String = ""
    ) {
        self.userID = userID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }
}

/// The answer to a ReadRiskLog.
public struct ReadRiskLogResponse: Sendable, Hashable {
    /// The entries.
    public var entries: [RiskLogEntry]
    /// There may be more: ask again with this.
    public var nextPageToken: String
    /// The version of the rules in force.
    public var rulesVersion: Int
    /// With `userID`: what the rules count of the buyer now, without another call.
    public var present: [RiskMeasure]

    /// Makes one; the fields are described above.
    public init(
        entries: [RiskLogEntry] = [], nextPageToken: String = "", rulesVersion: Int = 0,
        present: [RiskMeasure] = []
    ) {
        self.entries = entries
        self.nextPageToken = nextPageToken
        self.rulesVersion = rulesVersion
        self.present = present
    }
}

/// One call as admission saw it: enough to judge it again by other rules.
public struct RiskLogEntry: Sendable, Hashable {
    /// When, Unix milliseconds.
    public var atMilliseconds: Int
    /// How many calls of its kind it stands for: itself and those before it that were not logged.
    public var weight: UInt64
    /// The buyer.
    public var userID: String
    /// What the risk rules said: allow, challenge or reject.
    public var outcome: CheckRiskOutcome
    /// 0 to 1,000.
    public var score: Int
    /// What they would have said if rules that only observe decided, too.
    public var outcomeWithObserved: CheckRiskOutcome
    /// The score with them.
    public var scoreWithObserved: Int
    /// The rules that fired.
    public var evidence: [RiskEvidence]
    /// The version of the rules of that time.
    public var rulesVersion: Int
    /// What the limiter refused the call by; empty: it let it in.
    public var limitedBy: String
    /// Then: for how long.
    public var retryAfterMilliseconds: Int
    /// The buyer's address; empty: none was told.
    public var ip: String
    /// Whether an address was there.
    public var address: RiskInputPresence
    /// Whether a device was there.
    public var device: RiskInputPresence
    /// When the account was made, Unix milliseconds, as the call said.
    public var accountCreatedMilliseconds: Int
    /// The quantity that was held against a limit.
    public var quantity: Int
    /// That limit; 0 none.
    public var limitPerUser: Int
    /// The whole order in minor units; 0 not looked up.
    public var amountMinor: Int
    /// What was counted.
    public var measures: [RiskMeasure]
    /// The buyer's history could not be kept: memory had run out.
    public var untracked: Bool

    /// Makes one; the fields are described above.
    public init(
        atMilliseconds: Int = 0, weight: UInt64 = 0, userID: String = "",
        outcome: CheckRiskOutcome = .unspecified, score: Int = 0,
        outcomeWithObserved: CheckRiskOutcome = .unspecified, scoreWithObserved: Int = 0,
        evidence: [RiskEvidence] = [], rulesVersion: Int = 0, limitedBy: String = "",
        retryAfterMilliseconds: Int = 0, ip: String = "", address: RiskInputPresence = .unspecified,
        device: RiskInputPresence = .unspecified, accountCreatedMilliseconds: Int = 0,
        quantity: Int = 0, limitPerUser: Int = 0, amountMinor: Int = 0,
        measures: [RiskMeasure] = [], untracked: Bool = false
    ) {
        self.atMilliseconds = atMilliseconds
        self.weight = weight
        self.userID = userID
        self.outcome = outcome
        self.score = score
        self.outcomeWithObserved = outcomeWithObserved
        self.scoreWithObserved = scoreWithObserved
        self.evidence = evidence
        self.rulesVersion = rulesVersion
        self.limitedBy = limitedBy
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.ip = ip
        self.address = address
        self.device = device
        self.accountCreatedMilliseconds = accountCreatedMilliseconds
        self.quantity = quantity
        self.limitPerUser = limitPerUser
        self.amountMinor = amountMinor
        self.measures = measures
        self.untracked = untracked
    }
}

/// Something that is counted over a window.
public struct RiskMeasure: Sendable, Hashable {
    /// What, as in the rules file.
    public var feature: String
    /// Over how long.
    public var windowMilliseconds: Int
    /// The count.
    public var value: Int
    /// No more is kept: the true count is this or larger.
    public var isAtLeast: Bool

    /// Makes one; the fields are described above.
    public init(
        feature: String = "", windowMilliseconds: Int = 0, value: Int = 0, isAtLeast: Bool = false
    ) {
        self.feature = feature
        self.windowMilliseconds = windowMilliseconds
        self.value = value
        self.isAtLeast = isAtLeast
    }
}

/// Whether an input of a call was there.
public enum RiskInputPresence: WireEnum {
    /// Not said.
    case unspecified
    /// It was.
    case present
    /// The caller should have sent it.
    case missing
    /// The caller cannot know it.
    case notApplicable
    /// A number that this version does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "RISK_INPUT_PRESENCE_"
    /// Every known value by its number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"), (.present, "PRESENT"), (.missing, "MISSING"),
        (.notApplicable, "NOT_APPLICABLE"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .present: 1
        case .missing: 2
        case .notApplicable: 3
        case .unrecognized(let number): number
        }
    }
}
