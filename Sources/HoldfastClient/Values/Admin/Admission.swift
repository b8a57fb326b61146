// What GetServerInfo says of admission.

/// What limiter and risk rules have done since the start of the server's process.
public struct AdmissionInfo: Sendable, Hashable {
    /// `enforce`, `observe` or `off`; empty: the server does not say.
    public var mode: String
    /// The version of the rules in force.
    public var rulesVersion: Int
    /// When they were taken, Unix milliseconds.
    public var rulesTakenMilliseconds: Int
    /// Why the rules file as it is now was not taken, for a person; empty: it was, or there is none.
    public var rulesError: String
    /// Calls that the limiter let in.
    public var limiterAllowed: UInt64
    /// Calls that it refused, each under the dimension that was named.
    public var limiterRefused: [NamedCount]
    /// Buckets in use, per thousand of all that there are: an estimate.
    public var bucketsUsedPerThousand: Int
    /// The same of sliding windows.
    public var windowsUsedPerThousand: Int
    /// Calls that the risk rules judged.
    public var riskEvaluated: UInt64
    /// Of these, those whose buyer is to solve a challenge.
    public var riskChallenged: UInt64
    /// Of these, those that were refused.
    public var riskRejected: UInt64
    /// How often each rule fired, also those that only observe, since the rules were taken.
    public var rulesFired: [NamedCount]
    /// Calls that lacked the account's age.
    public var missingAge: UInt64
    /// Calls that lacked the device.
    public var missingDevice: UInt64
    /// Calls that lacked the address.
    public var missingAddress: UInt64
    /// Calls whose history could not be kept: memory ran out.
    public var untracked: UInt64
    /// Buyers with nothing but one device on record who were forgotten to make room.
    public var forgotten: UInt64
    /// Buyers with something on record.
    public var buyersTracked: UInt64
    /// Addresses with something on record.
    public var addressesTracked: UInt64
    /// Reservations of before the start that the windows were filled from.
    public var restored: UInt64

    /// Makes one; the fields are described above.
    public init(
        mode: String = "", rulesVersion: Int = 0, rulesTakenMilliseconds: Int = 0,
        rulesError: String = "", limiterAllowed: UInt64 = 0, limiterRefused: [NamedCount] = [],
        bucketsUsedPerThousand: Int = 0, windowsUsedPerThousand: Int = 0, riskEvaluated: UInt64 = 0,
        riskChallenged: UInt64 = 0, riskRejected: UInt64 = 0, rulesFired: [NamedCount] = [],
        missingAge: UInt64 = 0, missingDevice: UInt64 = 0, missingAddress: UInt64 = 0,
        untracked: UInt64 = 0, forgotten: UInt64 = 0, buyersTracked: UInt64 = 0,
        addressesTracked: UInt64 = 0, restored: UInt64 = 0
    ) {
        self.mode = mode
        self.rulesVersion = rulesVersion
        self.rulesTakenMilliseconds = rulesTakenMilliseconds
        self.rulesError = rulesError
        self.limiterAllowed = limiterAllowed
        self.limiterRefused = limiterRefused
        self.bucketsUsedPerThousand = bucketsUsedPerThousand
        self.windowsUsedPerThousand = windowsUsedPerThousand
        self.riskEvaluated = riskEvaluated
        self.riskChallenged = riskChallenged
        self.riskRejected = riskRejected
        self.rulesFired = rulesFired
        self.missingAge = missingAge
        self.missingDevice = missingDevice
        self.missingAddress = missingAddress
        self.untracked = untracked
        self.forgotten = forgotten
        self.buyersTracked = buyersTracked
        self.addressesTracked = addressesTracked
        self.restored = restored
    }
}

/// How often something happened.
public struct NamedCount: Sendable, Hashable {
    /// What.
    public var name: String
    /// How often.
    public var count: UInt64

    /// Makes one; the fields are described above.
    public init(
        name: String = "", count: UInt64 = 0
    ) {
        self.name = name
        self.count = count
    }
}
