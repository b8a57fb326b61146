import Synchronization

/// A lease that is held and renewed in the background while the body of `HoldfastClient.withLease` runs.
///
/// **Time.** A lease counts as held only as long as this side can prove it: from the moment at which the newest renewal
/// was *sent*, on a clock that nobody sets and that runs while the machine sleeps. So a holder that was paused learns of
/// it from `isHeld` at once, before any answer. What stands between that question and a write can still take time:
/// send `proof()` with each change of a sale, and the server refuses the change when the lease has gone on to another.
///
/// Any task, any thread.
public final class Lease: Sendable {
    /// What is locked.
    public let target: LeaseTarget
    /// Who holds it.
    public let ownerToken: OwnerToken
    /// Grows with every grant; hand it to whatever else the lease guards.
    public let fencingToken: UInt64

    private struct State {
        var term: LeaseTerm
        var loss: LeaseLoss?
    }

    private let state: Mutex<State>

    init(
        target: LeaseTarget, ownerToken: OwnerToken, fencingToken: UInt64, term: LeaseTerm
    ) {
        self.target = target
        self.ownerToken = ownerToken
        self.fencingToken = fencingToken
        self.state = Mutex(State(term: term, loss: nil))
    }

    /// Whether it is held now for certain. Once lost it stays lost.
    public var isHeld: Bool { self.loss == nil }

    /// Why it is held no more; nil while it is.
    public var loss: LeaseLoss? {
        let now = MonotonicClock.nanoseconds()
        return self.state.withLock { state in
            if let loss = state.loss { return loss }
            return state.term.isHeld(at: now) ? nil : .expired(nil)
        }
    }

    /// For how long it is held for certain if no further renewal succeeds; zero when it is lost.
    public var remaining: Duration {
        let now = MonotonicClock.nanoseconds()
        return self.state.withLock { state in
            guard state.loss == nil && state.term.isHeld(at: now) else { return .zero }
            return .nanoseconds(Int64(clamping: state.term.heldUntilNanoseconds - now))
        }
    }

    /// What to send with a change of the sale. Throws why, if the lease is held no more.
    public func proof() throws(LeaseLoss) -> LeaseProof {
        if let loss = self.loss { throw loss }
        return LeaseProof(ownerToken: self.ownerToken, fencingToken: self.fencingToken)
    }

    var term: LeaseTerm { self.state.withLock { $0.term } }

    func renewed(sentAt: UInt64) {
        self.state.withLock { $0.term.renewed(sentAt: sentAt) }
    }

    /// Ends it. The first reason stays; false if there was one.
    @discardableResult
    func end(_ loss: LeaseLoss) -> Bool {
        self.state.withLock { state in
            guard state.loss == nil else { return false }
            state.loss = loss
            return true
        }
    }
}
