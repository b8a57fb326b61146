/// What a server says of its limiter and risk rules (proto `AdmissionInfo`). Counts are since the start of the process.
package struct AdmissionFacts: Sendable, Equatable {
    package struct Count: Sendable, Equatable {
        package var name: String
        package var count: UInt64

        package init(name: String, count: UInt64) {
            self.name = name
            self.count = count
        }
    }

    /// As in the settings.
    package var mode: String
    package var rulesVersion: Int64 = 0
    /// Unix milliseconds.
    package var rulesTakenMilliseconds: Int64 = 0
    /// Why the rules file as it is now was not taken; empty: it was, or there is none. No paths.
    package var rulesError = ""
    package var limiterAllowed: UInt64 = 0
    /// By the dimension that was named.
    package var limiterRefused: [Count] = []
    package var bucketsUsedPerThousand: UInt32 = 0
    package var windowsUsedPerThousand: UInt32 = 0
    package var riskEvaluated: UInt64 = 0
    package var riskChallenged: UInt64 = 0
    package var riskRejected: UInt64 = 0
    /// By rule, since the rules were taken.
    package var rulesFired: [Count] = []
    package var missingAge: UInt64 = 0
    package var missingDevice: UInt64 = 0
    package var missingAddress: UInt64 = 0
    package var untracked: UInt64 = 0
    package var forgotten: UInt64 = 0
    package var buyersTracked: UInt64 = 0
    package var addressesTracked: UInt64 = 0
    /// Reservations of before the start that the windows were filled from.
    package var restored: UInt64 = 0

    package init(mode: String) { self.mode = mode }
}

/// A page of the log of admission (proto `ReadRiskLogResponse`).
package struct RiskLogFacts: Sendable, Equatable {
    /// As the wire numbers them.
    package enum Presence: UInt32, Sendable, CaseIterable {
        case present = 1
        case missing = 2
        case notApplicable = 3
    }

    package struct Measure: Sendable, Equatable {
        package var feature: String
        package var windowMilliseconds: Int64
        package var value: Int64
        package var isAtLeast: Bool

        package init(feature: String, windowMilliseconds: Int64, value: Int64, isAtLeast: Bool) {
            self.feature = feature
            self.windowMilliseconds = windowMilliseconds
            self.value = value
            self.isAtLeast = isAtLeast
        }
    }

    package struct Entry: Sendable, Equatable {
        package var milliseconds: Int64 = 0
        package var weight: UInt64 = 0
        package var user = ""
        /// Outcome, scores, evidence, rules and limiter of that time.
        package var risk: RiskFacts
        package var ip = ""
        package var address = Presence.missing
        package var device = Presence.missing
        package var accountCreatedMilliseconds: Int64 = 0
        package var quantity: Int64 = 0
        package var limitPerUser: Int64 = 0
        package var amountMinor: Int64 = 0
        package var measures: [Measure] = []
        package var isUntracked = false
        /// The page token that goes on behind this entry.
        package var next = ""

        package init(risk: RiskFacts) { self.risk = risk }
    }

    package var entries: [Entry] = []
    /// Empty: that is the end.
    package var nextPageToken = ""
    package var rulesVersion: Int64 = 0
    package var present: [Measure] = []

    package init() {}
}
