/// Whether an input of a call is there. "Not applicable" is for callers that cannot know it, such as a service that acts
/// without a buyer's connection; "missing" is for callers that should have sent it.
package enum RiskPresence: UInt8, Sendable, BitwiseCopyable {
    case present
    case missing
    case notApplicable
}

/// What the risk rules look at in one Reserve or CheckRisk. Trivial; nothing in it outlives the call.
package struct RiskInput: Sendable, BitwiseCopyable {
    /// The buyer, the device, the network and the address. `none` keys are missing unless said otherwise below.
    package var subject: AdmissionSubject
    /// 64 bits that tell request ids of one buyer apart (a hash over sale and id). A repetition has the same. 0 for CheckRisk,
    /// which has no request id.
    package var request: UInt64
    package var device: RiskPresence
    package var network: RiskPresence
    /// Unix milliseconds. Anything before the year 2000 (0, absent, seconds taken for milliseconds) is unknown.
    package var accountCreatedMilliseconds: Int64
    /// Of the line that asks for most of its limit: the quantity, and the limit a buyer; 0: no limit.
    package var quantity: Int64
    package var limitPerUser: Int64
    /// The whole call, in minor units; 0 when prices are not known.
    package var amountMinor: Int64

    package init(
        subject: AdmissionSubject, request: UInt64, device: RiskPresence? = nil,
        network: RiskPresence? = nil, accountCreatedMilliseconds: Int64 = 0, quantity: Int64 = 1,
        limitPerUser: Int64 = 0, amountMinor: Int64 = 0
    ) {
        precondition(!subject.user.isNone, "risk is judged of a buyer")
        self.subject = subject
        self.request = request
        self.device = subject.device.isNone ? device ?? .missing : .present
        self.network = subject.network.isNone ? network ?? .missing : .present
        self.accountCreatedMilliseconds = accountCreatedMilliseconds
        self.quantity = quantity
        self.limitPerUser = limitPerUser
        self.amountMinor = amountMinor
    }

    /// 2000-01-01T00:00:00Z.
    package static var accountCreatedMillisecondsMin: Int64 { 946_684_800_000 }

    @inline(__always)
    var isAgeKnown: Bool { self.accountCreatedMilliseconds >= Self.accountCreatedMillisecondsMin }
}

/// Which inputs a call did not have.
package struct RiskMissingInputs: OptionSet, Sendable, BitwiseCopyable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let age = RiskMissingInputs(rawValue: 1)
    package static let device = RiskMissingInputs(rawValue: 2)
    package static let network = RiskMissingInputs(rawValue: 4)
}

/// What the rules say of one call. Rules are bits: bit n is rule n of the rules with `rulesGeneration`.
package struct RiskVerdict: Sendable, BitwiseCopyable, Equatable {
    package var decision: RiskDecision
    /// 0 … 1,000.
    package var score: Int32
    /// What it would be if rules that only observe decided, too.
    package var decisionWithObserved: RiskDecision
    package var scoreWithObserved: Int32
    /// Rules that fired and count.
    package var fired: UInt32
    /// Rules that fired and only observe.
    package var observed: UInt32
    package var missing: RiskMissingInputs
    /// The buyer's or the address's history could not be kept: memory ran out.
    package var isUntracked: Bool
    /// An enforced rule about raw calls fired: the sign of a scalper.
    package var isScalper: Bool

    package init(
        decision: RiskDecision, score: Int32, decisionWithObserved: RiskDecision,
        scoreWithObserved: Int32, fired: UInt32, observed: UInt32, missing: RiskMissingInputs,
        isUntracked: Bool, isScalper: Bool
    ) {
        self.decision = decision
        self.score = score
        self.decisionWithObserved = decisionWithObserved
        self.scoreWithObserved = scoreWithObserved
        self.fired = fired
        self.observed = observed
        self.missing = missing
        self.isUntracked = isUntracked
        self.isScalper = isScalper
    }
}

/// A rule that fired, for answers and logs.
package struct RiskEvidence: Hashable, Sendable, CustomStringConvertible {
    package var rule: RiskRule
    /// What was measured: a count, or an age in milliseconds.
    package var value: Int64
    /// What it was compared with; a shared network may have its own.
    package var threshold: Int64
    /// The rule fired because its input was missing; `value` says nothing.
    package var isMissingInput: Bool

    package var description: String {
        let mode = self.rule.mode == .observe ? " (observed only)" : ""
        let what = self.isMissingInput ? "missing" : "\(self.value)"
        let comparison: String
        switch self.rule.condition {
        case .over: comparison = "over"
        case .atLeast: comparison = "at least"
        case .below: comparison = "below"
        }
        let window = self.rule.feature.isCounted ? " in \(self.rule.windowMilliseconds) ms" : ""
        let effect: String
        switch self.rule.effect {
        case .add(let points): effect = "adds \(points)"
        case .raiseTo(let points): effect = "raises to \(points)"
        }
        return
            "\(self.rule.id): \(self.rule.feature.name)\(window) is \(what), \(comparison) \(self.threshold): \(effect)\(mode)"
    }
}
