// CheckRisk: what admission would say of a Reserve.

/// Asks what the risk rules would say of a buyer's Reserve. Counts and spends nothing.
public struct CheckRiskRequest: Sendable, Hashable {
    /// The sale.
    public var saleID: String
    /// The buyer.
    public var userID: String
    /// What the buyer would ask for, at most 16 lines; none: one unit without a price.
    public var lines: [StockLine]
    /// What the gateway knows of the buyer's device and network.
    public var client: BuyerClient?

    /// Makes one; the fields are described above.
    public init(
        saleID: String, userID: String, lines: [StockLine] = [], client: BuyerClient? = nil
    ) {
        self.saleID = saleID
        self.userID = userID
        self.lines = lines
        self.client = client
    }
}

/// The answer to a CheckRisk.
public struct CheckRiskResponse: Sendable, Hashable {
    /// What a Reserve would meet.
    public var outcome: CheckRiskOutcome
    /// 0 to 1,000.
    public var score: Int
    /// The rules that fired.
    public var evidence: [RiskEvidence]
    /// The version of the rules.
    public var rulesVersion: Int
    /// The outcome if rules that only observe decided, too.
    public var outcomeWithObserved: CheckRiskOutcome
    /// The score with them.
    public var scoreWithObserved: Int
    /// What the limiter would refuse it by: user, ip, device, sale or global; empty: it would let it in.
    public var limitedBy: String
    /// Then: how long.
    public var retryAfterMilliseconds: Int
    /// The server acts on its checks; false: it only observes, or has them off.
    public var enforced: Bool

    /// Makes one; the fields are described above.
    public init(
        outcome: CheckRiskOutcome = .unspecified, score: Int = 0, evidence: [RiskEvidence] = [],
        rulesVersion: Int = 0, outcomeWithObserved: CheckRiskOutcome = .unspecified,
        scoreWithObserved: Int = 0, limitedBy: String = "", retryAfterMilliseconds: Int = 0,
        enforced: Bool = false
    ) {
        self.outcome = outcome
        self.score = score
        self.evidence = evidence
        self.rulesVersion = rulesVersion
        self.outcomeWithObserved = outcomeWithObserved
        self.scoreWithObserved = scoreWithObserved
        self.limitedBy = limitedBy
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.enforced = enforced
    }
}

/// A risk rule that fired, and on what.
public struct RiskEvidence: Sendable, Hashable {
    /// The rule's id.
    public var rule: String
    /// What it looks at, as in the rules file.
    public var feature: String
    /// What was measured: a count, or an age in milliseconds.
    public var value: Int
    /// What it was compared with.
    public var threshold: Int
    /// What was counted in, milliseconds; 0 for ages.
    public var windowMilliseconds: Int
    /// What the rule adds to the score; 0 when it raises.
    public var adds: Int
    /// What the rule raises the score to; 0 when it adds.
    public var raisesTo: Int
    /// It fired because its input was missing: `value` says nothing.
    public var missing: Bool
    /// The rule only observes.
    public var observed: Bool

    /// Makes one; the fields are described above.
    public init(
        rule: String = "", feature: String = "", value: Int = 0, threshold: Int = 0,
        windowMilliseconds: Int = 0, adds: Int = 0, raisesTo: Int = 0, missing: Bool = false,
        observed: Bool = false
    ) {
        self.rule = rule
        self.feature = feature
        self.value = value
        self.threshold = threshold
        self.windowMilliseconds = windowMilliseconds
        self.adds = adds
        self.raisesTo = raisesTo
        self.missing = missing
        self.observed = observed
    }
}

/// What admission would say of a Reserve now.
public enum CheckRiskOutcome: WireEnum {
    /// Not decided.
    case unspecified
    /// Nothing stands in its way.
    case allow
    /// The buyer would have to solve a challenge.
    case challenge
    /// The risk rules would refuse.
    case reject
    /// Buyer, device or address is blacklisted.
    case blacklisted
    /// A number that this version does not know.
    case unrecognized(Int32)

    /// Names begin with this in the protocol.
    public static let namePrefix = "CHECK_RISK_OUTCOME_"
    /// Every known value by its number.
    public static let known: [(value: Self, name: String)] = [
        (.unspecified, "UNSPECIFIED"), (.allow, "ALLOW"), (.challenge, "CHALLENGE"),
        (.reject, "REJECT"), (.blacklisted, "BLACKLISTED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        switch self {
        case .unspecified: 0
        case .allow: 1
        case .challenge: 2
        case .reject: 3
        case .blacklisted: 4
        case .unrecognized(let number): number
        }
    }
}
