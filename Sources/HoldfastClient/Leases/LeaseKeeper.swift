/// Renews a lease until it is lost or its task is cancelled. One task.
struct LeaseKeeper: Sendable {
    let client: HoldfastClient
    let lease: Lease
    let ttlMilliseconds: Int
    let onLost: @Sendable (LeaseLoss) async -> Void

    /// Returns when the lease is lost, after `onLost`, or when its task is cancelled.
    func run() async {
        var lastError: HoldfastError?
        while true {
            let term = self.lease.term
            let now = MonotonicClock.nanoseconds()
            if Task.isCancelled { return }
            guard term.isHeld(at: now) else { return await self.lose(.expired(lastError)) }
            if now < term.renewAtNanoseconds {
                await self.sleep(until: term.renewAtNanoseconds)
                continue
            }
            do throws(HoldfastError) {
                let outcome = try await self.renew()
                guard outcome == .held else { return await self.lose(.refused(outcome)) }
                lastError = nil
            } catch {
                if Task.isCancelled { return }
                lastError = error
                let next = MonotonicClock.nanoseconds() + term.pauseNanoseconds
                await self.sleep(until: min(next, term.heldUntilNanoseconds))
            }
        }
    }

    /// Asks once, lost answers included, within the time that the lease leaves.
    func renew() async throws(HoldfastError) -> LeaseOutcome {
        let sentAt = MonotonicClock.nanoseconds()
        let timeout = self.lease.term.renewTimeoutNanoseconds(at: sentAt)
        let response = try await self.client.renewLease(
            RenewLeaseRequest(
                target: self.lease.target, ownerToken: self.lease.ownerToken,
                ttlMilliseconds: self.ttlMilliseconds),
            timeout: .nanoseconds(Int64(clamping: timeout)))
        // The same owner with another token has lost the lease and got it again: what was guarded is not any more.
        if response.outcome == .held && response.fencingToken != self.lease.fencingToken {
            return .lost
        }
        if response.outcome == .held { self.lease.renewed(sentAt: sentAt) }
        return response.outcome
    }

    private func lose(_ loss: LeaseLoss) async {
        guard self.lease.end(loss) else { return }
        let onLost = self.onLost
        // In a task of its own, so that the end of the body does not cancel what the caller does about it.
        await Task { await onLost(loss) }.value
    }

    /// Wakes early when the task is cancelled.
    private func sleep(until deadline: UInt64) async {
        let now = MonotonicClock.nanoseconds()
        if now < deadline { try? await Task.sleep(nanoseconds: deadline - now) }
    }
}
