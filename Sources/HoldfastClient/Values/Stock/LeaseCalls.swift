// AcquireLease, RenewLease, ReleaseLease: a named lock with an owner, a deadline and a fencing token.

/// Takes a lease.
public struct AcquireLeaseRequest: Sendable, Hashable {
    /// What is locked.
    public var target: LeaseTarget
    /// Made by the caller; the same token again gives the same answer.
    public var ownerToken: OwnerToken
    /// How long the lease lives without being renewed, 100 ms to 5 min; 0 takes 5 s.
    public var ttlMilliseconds: Int
    /// How long to wait in line if another holds it; 0 does not wait.
    public var waitMilliseconds: Int
    /// For people: who holds it, 64 bytes at most.
    public var holder: String

    /// Makes one; the fields are described above.
    public init(
        target: LeaseTarget, ownerToken: OwnerToken = OwnerToken(), ttlMilliseconds: Int = 0,
        waitMilliseconds: Int = 0, holder: String = ""
    ) {
        self.target = target
        self.ownerToken = ownerToken
        self.ttlMilliseconds = ttlMilliseconds
        self.waitMilliseconds = waitMilliseconds
        self.holder = holder
    }
}

/// The answer to an AcquireLease.
public struct AcquireLeaseResponse: Sendable, Hashable {
    /// HELD, HELD_BY_ANOTHER or SALE_NOT_FOUND.
    public var outcome: LeaseOutcome
    /// Grows with every grant, also across restarts of the server; send it with each write.
    public var fencingToken: UInt64
    /// The lease lapses then, Unix milliseconds; with HELD_BY_ANOTHER the other's.
    public var deadlineMilliseconds: Int
    /// This owner token held it already.
    public var replayed: Bool
    /// With HELD_BY_ANOTHER: who.
    public var holder: String

    /// Makes one; the fields are described above.
    public init(
        outcome: LeaseOutcome = .unspecified, fencingToken: UInt64 = 0,
        deadlineMilliseconds: Int = 0, replayed: Bool = false, holder: String = ""
    ) {
        self.outcome = outcome
        self.fencingToken = fencingToken
        self.deadlineMilliseconds = deadlineMilliseconds
        self.replayed = replayed
        self.holder = holder
    }
}

/// Prolongs a lease that is still held.
public struct RenewLeaseRequest: Sendable, Hashable {
    /// What is locked.
    public var target: LeaseTarget
    /// The owner.
    public var ownerToken: OwnerToken
    /// From now on, 100 ms to 5 min; 0 takes what Acquire asked for.
    public var ttlMilliseconds: Int

    /// Makes one; the fields are described above.
    public init(target: LeaseTarget, ownerToken: OwnerToken, ttlMilliseconds: Int = 0) {
        self.target = target
        self.ownerToken = ownerToken
        self.ttlMilliseconds = ttlMilliseconds
    }
}

/// The answer to a RenewLease.
public struct RenewLeaseResponse: Sendable, Hashable {
    /// HELD, LOST or SALE_NOT_FOUND.
    public var outcome: LeaseOutcome
    /// The lease's fencing token, as Acquire gave it.
    public var fencingToken: UInt64
    /// The new deadline, Unix milliseconds.
    public var deadlineMilliseconds: Int

    /// Makes one; the fields are described above.
    public init(
        outcome: LeaseOutcome = .unspecified, fencingToken: UInt64 = 0,
        deadlineMilliseconds: Int = 0
    ) {
        self.outcome = outcome
        self.fencingToken = fencingToken
        self.deadlineMilliseconds = deadlineMilliseconds
    }
}

/// Gives a lease back.
public struct ReleaseLeaseRequest: Sendable, Hashable {
    /// What is locked.
    public var target: LeaseTarget
    /// The owner; nil only with `breaksLease`.
    public var ownerToken: OwnerToken?
    /// Takes it from whoever holds it. Role admin only.
    public var breaksLease: Bool

    /// Gives back one's own.
    public init(target: LeaseTarget, ownerToken: OwnerToken) {
        self.target = target
        self.ownerToken = ownerToken
        self.breaksLease = false
    }

    /// Takes it from whoever holds it. Role admin only.
    public init(breaking target: LeaseTarget) {
        self.target = target
        self.ownerToken = nil
        self.breaksLease = true
    }
}

/// The answer to a ReleaseLease.
public struct ReleaseLeaseResponse: Sendable, Hashable {
    /// RELEASED or SALE_NOT_FOUND.
    public var outcome: LeaseOutcome
    /// With `breaksLease`: who held it.
    public var holder: String

    /// Makes one; the fields are described above.
    public init(outcome: LeaseOutcome = .unspecified, holder: String = "") {
        self.outcome = outcome
        self.holder = holder
    }
}
