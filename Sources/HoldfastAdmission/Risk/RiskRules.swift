/// What a rule measures.
package enum RiskFeature: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    /// Purchases (Reserve attempts with a new request id, whatever their outcome) of the buyer within the window.
    case purchasesPerUser = 0
    /// Raw calls of the buyer within the window, repetitions included.
    case callsPerUser = 1
    /// Distinct devices of the buyer within the window; a buyer without a device id has one nameless device.
    case devicesPerUser = 2
    /// Distinct buyers seen on the buyer's address (IPv6: its /64) within the window.
    case accountsPerAddress = 3
    /// How old the buyer's account is.
    case accountAge = 4
    /// How old the account is of a buyer who asks for much: quantity ≥ max(2, limit) or amount ≥ `largeAmountMinor`.
    case largeOrderAge = 5

    /// The name in a rules file.
    package var name: String {
        switch self {
        case .purchasesPerUser: "purchases_per_user"
        case .callsPerUser: "calls_per_user"
        case .devicesPerUser: "devices_per_user"
        case .accountsPerAddress: "accounts_per_ip"
        case .accountAge: "account_age"
        case .largeOrderAge: "large_order_account_age"
        }
    }

    package init?(name: String) {
        guard let feature = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = feature
    }

    /// Counted over a window, not read from the call.
    package var isCounted: Bool { self.rawValue <= Self.accountsPerAddress.rawValue }
}

/// When a rule fires. A count has `over` or `atLeast`; an age has `below`, in milliseconds.
package enum RiskCondition: Hashable, Sendable, BitwiseCopyable {
    case over(Int64)
    case atLeast(Int64)
    case below(Int64)

    package var threshold: Int64 {
        switch self {
        case .over(let value), .atLeast(let value), .below(let value): value
        }
    }

    /// The same comparison with another threshold.
    func with(threshold: Int64) -> RiskCondition {
        switch self {
        case .over: .over(threshold)
        case .atLeast: .atLeast(threshold)
        case .below: .below(threshold)
        }
    }

    @inline(__always)
    func holds(_ value: Int64) -> Bool {
        switch self {
        case .over(let threshold): value > threshold
        case .atLeast(let threshold): value >= threshold
        case .below(let threshold): value < threshold
        }
    }

    /// How many moments a list must keep to decide this.
    var countMax: Int {
        switch self {
        case .over(let threshold): Int(threshold) + 1
        case .atLeast(let threshold): Int(threshold)
        case .below: 0
        }
    }
}

/// What a rule does to the score when it fires: `add` is summed over the rules; `raiseTo` is a floor under the sum.
package enum RiskEffect: Hashable, Sendable {
    case add(Int)
    case raiseTo(Int)

    package var points: Int {
        switch self {
        case .add(let points), .raiseTo(let points): points
        }
    }
}

package enum RiskMode: UInt8, Sendable {
    /// Counts towards the decision.
    case enforce
    /// Only counted and shown: for trying a rule out.
    case observe
}

/// What a rule makes of an input that the caller should have sent and did not. "Not applicable" never fires.
package enum RiskMissing: UInt8, Sendable, BitwiseCopyable {
    /// Counts against the buyer.
    case fires
    /// The rule says nothing.
    case ignored
    /// Devices only: stands for one nameless device.
    case counted
}

/// One rule. Its place in `RiskRules.rules` is its number in masks and counters.
package struct RiskRule: Hashable, Sendable {
    /// 1 … 32 of a–z, 0–9 and _; unique in a file.
    package var id: String
    package var feature: RiskFeature
    package var condition: RiskCondition
    /// Of a counted feature: a moment counts while it is younger than this. 0 for ages.
    package var windowMilliseconds: Int64
    package var effect: RiskEffect
    package var mode: RiskMode
    package var isEnabled: Bool
    package var missing: RiskMissing

    package init(
        id: String, feature: RiskFeature, condition: RiskCondition, windowMilliseconds: Int64 = 0,
        effect: RiskEffect, mode: RiskMode = .enforce, isEnabled: Bool = true,
        missing: RiskMissing? = nil
    ) {
        self.id = id
        self.feature = feature
        self.condition = condition
        self.windowMilliseconds = windowMilliseconds
        self.effect = effect
        self.mode = mode
        self.isEnabled = isEnabled
        self.missing = missing ?? feature.missingByDefault
    }
}

extension RiskFeature {
    /// Age and address count against the buyer when they are missing; a missing device is a device of its own; "asks for
    /// much with a young account" needs an age that is known.
    package var missingByDefault: RiskMissing {
        switch self {
        case .accountAge, .accountsPerAddress: .fires
        case .devicesPerUser: .counted
        case .largeOrderAge, .purchasesPerUser, .callsPerUser: .ignored
        }
    }
}

/// A network that many buyers are known to share (an office, a carrier's NAT), with thresholds of its own for rules about
/// addresses.
package struct SharedNetwork: Hashable, Sendable {
    package var range: NetworkRange
    package var name: String
    /// Rule id → threshold there, instead of the rule's own.
    package var thresholds: [String: Int64]

    package init(range: NetworkRange, name: String, thresholds: [String: Int64]) {
        self.range = range
        self.name = name
        self.thresholds = thresholds
    }
}

/// A whole set of risk rules, as an operator writes it. `RiskRules.defaults` are those of the seed document.
package struct RiskRules: Hashable, Sendable {
    package static let ruleCountMax = 32
    /// Distinct pairs of counted feature and window.
    package static let measureCountMax = 8
    package static let thresholdMax: Int64 = 1_000
    package static let windowMillisecondsMax: Int64 = 7 * 86_400_000
    package static let scoreMax = 1_000
    package static let sharedNetworkCountMax = NetworkMap.rangeCountMax

    /// The operator's number of this set: shown in answers, logs and info.
    package var version: Int64
    /// A score above this is refused.
    package var rejectAbove: Int
    /// A score above this, and not refused, asks for a challenge.
    package var challengeAbove: Int
    /// What an order counts as large from, in minor units of the sale's currency.
    package var largeAmountMinor: Int64
    /// The least score of a buyer whose history could not be kept since memory ran out. 0 lets them pass.
    package var untrackedScore: Int
    package var rules: [RiskRule]
    package var sharedNetworks: [SharedNetwork]

    package init(
        version: Int64, rejectAbove: Int = 700, challengeAbove: Int = 400,
        largeAmountMinor: Int64 = 1_000_000, untrackedScore: Int = 450, rules: [RiskRule],
        sharedNetworks: [SharedNetwork] = []
    ) {
        self.version = version
        self.rejectAbove = rejectAbove
        self.challengeAbove = challengeAbove
        self.largeAmountMinor = largeAmountMinor
        self.untrackedScore = untrackedScore
        self.rules = rules
        self.sharedNetworks = sharedNetworks
    }
}

package enum RiskDecision: UInt8, Sendable, Comparable, BitwiseCopyable {
    case allow
    case challenge
    case reject

    package static func < (left: RiskDecision, right: RiskDecision) -> Bool {
        left.rawValue < right.rawValue
    }
}
