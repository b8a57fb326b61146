/// What a lease locks. A sale's lease lives in the sale's shard, so that checking it and writing is one step; a free name
/// lives in the control shard.
package enum LeaseTarget {
    case sale(ByteView)
    case name(ByteView)

    @inlinable
    package var id: ByteView {
        switch self {
        case .sale(let id), .name(let id): id
        }
    }
}

/// What a caller shows to change a leased sale.
package struct LeaseProof: Sendable {
    package var owner: RequestID
    package var fencingToken: UInt64

    package init(owner: RequestID, fencingToken: UInt64) {
        self.owner = owner
        self.fencingToken = fencingToken
    }
}

/// Lies in the call's memory; nil: the caller shows none.
package typealias LeaseProofReference = UnsafePointer<LeaseProof>

package struct AcquireLeaseCommand {
    package var target: LeaseTarget
    /// The owner token: 16 bytes made by the caller.
    package var owner: RequestID
    /// 100 ms to 5 min.
    package var ttlMilliseconds: Int64
    /// 0: does not wait.
    package var waitMilliseconds: Int64
    /// For people, at most 64 bytes.
    package var holder: ByteView
    /// Who waits, given back with the settled waiter: the number of a reactor.
    package var origin: UInt16
    /// Room for the other's `holder`: 64 bytes.
    package var holderRoom: UnsafeMutablePointer<UInt8>

    package init(
        target: LeaseTarget, owner: RequestID, ttlMilliseconds: Int64, waitMilliseconds: Int64,
        holder: ByteView, origin: UInt16 = 0, holderRoom: UnsafeMutablePointer<UInt8>
    ) {
        self.target = target
        self.owner = owner
        self.ttlMilliseconds = ttlMilliseconds
        self.waitMilliseconds = waitMilliseconds
        self.holder = holder
        self.origin = origin
        self.holderRoom = holderRoom
    }
}

package struct RenewLeaseCommand {
    package var target: LeaseTarget
    package var owner: RequestID
    /// 0 takes what Acquire asked for.
    package var ttlMilliseconds: Int64

    package init(target: LeaseTarget, owner: RequestID, ttlMilliseconds: Int64) {
        self.target = target
        self.owner = owner
        self.ttlMilliseconds = ttlMilliseconds
    }
}

package struct ReleaseLeaseCommand {
    package var target: LeaseTarget
    package var owner: RequestID
    /// Takes it from whoever holds it; `owner` does not count.
    package var breaks: Bool
    /// Room for the broken holder's text: 64 bytes.
    package var holderRoom: UnsafeMutablePointer<UInt8>

    package init(
        target: LeaseTarget, owner: RequestID, breaks: Bool,
        holderRoom: UnsafeMutablePointer<UInt8>
    ) {
        self.target = target
        self.owner = owner
        self.breaks = breaks
        self.holderRoom = holderRoom
    }
}

/// Numbers are the wire's.
package enum LeaseResult: UInt8, Sendable {
    case held = 1
    case heldByAnother = 2
    case lost = 3
    case released = 4
    case saleNotFound = 5
}

package struct AcquireLeaseOutcome {
    package var result: LeaseResult
    package var fencingToken: UInt64 = 0
    /// Unix milliseconds; with `heldByAnother` the other's.
    package var deadlineMilliseconds: Int64 = 0
    package var replayed: Bool = false
    /// With `heldByAnother`.
    package var holder: ByteView = .empty

    package init(result: LeaseResult) { self.result = result }
}

package struct RenewLeaseOutcome {
    package var result: LeaseResult
    package var fencingToken: UInt64 = 0
    package var deadlineMilliseconds: Int64 = 0

    package init(result: LeaseResult) { self.result = result }
}

package struct ReleaseLeaseOutcome {
    package var result: LeaseResult
    /// With `breaks`: who held it.
    package var holder: ByteView = .empty

    package init(result: LeaseResult) { self.result = result }
}

/// The end of an acquire that had to wait: it got the lease, or its time is over.
package struct SettledWaiter: Sendable {
    package let shard: Int
    package let ticket: UInt64
    /// As the command gave it.
    package let origin: UInt16
    /// `held` or `heldByAnother`.
    package let result: LeaseResult
    package let fencingToken: UInt64
    package let deadlineMilliseconds: Int64
    /// With `heldByAnother`, if somebody holds it.
    package let holder: ShortText
    /// As in `Call`.
    package let visibleAfter: UInt64
    /// As in `Call`.
    package var logPosition: UInt64 = 0

    /// The outcome of the call, with the holder's text in `room` (64 bytes).
    package func outcome(holderRoom room: UnsafeMutablePointer<UInt8>) -> AcquireLeaseOutcome {
        var outcome = AcquireLeaseOutcome(result: self.result)
        outcome.fencingToken = self.fencingToken
        outcome.deadlineMilliseconds = self.deadlineMilliseconds
        outcome.holder = self.holder.copy(to: room)
        return outcome
    }
}
