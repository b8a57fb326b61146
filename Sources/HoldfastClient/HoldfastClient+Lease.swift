/// Holding a lease while something is done.
extension HoldfastClient {
    /// Takes a lease, renews it at a third of its time while `body` runs, and gives it back at the end, also when `body`
    /// throws or the task is cancelled.
    ///
    /// - Parameters:
    ///   - target: What is locked.
    ///   - ttl: How long the lease outlives a holder that is gone, 100 ms to 5 min, in whole milliseconds.
    ///   - wait: How long to stand in line if another holds it; zero does not wait.
    ///   - holder: For people: who holds it, 64 bytes at most.
    ///   - onLost: Called once if the lease is lost before the end: when the server says so, or at the latest when it
    ///     cannot be proven held any more. `body` runs on: stop it from here, or let it ask `lease.isHeld`.
    ///   - body: Runs while the lease is held. It sends `lease.proof()` with each change of a sale.
    /// - Throws: `LeaseError` if the lease was refused, `HoldfastError` if the call was not decided (a grant whose answer
    ///   stays lost is given back), `LeaseLoss` if it was lost before `body` began, and what `body` throws.
    public func withLease<Result>(
        on target: LeaseTarget, ttl: Duration = .seconds(5), wait: Duration = .zero,
        holder: String = "",
        onLost: @escaping @Sendable (LeaseLoss) async -> Void = { _ in },
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Lease) async throws -> Result
    ) async throws -> Result {
        let keeper = try await self.acquire(
            AcquireLeaseRequest(
                target: target, ttlMilliseconds: max(1, ttl.millisecondsClamped),
                waitMilliseconds: wait.millisecondsClamped, holder: holder),
            onLost: onLost)
        let renewal = Task { await keeper.run() }
        func finish() async {
            renewal.cancel()
            await renewal.value
            await self.giveBack(keeper.lease)
        }
        do {
            let result = try await body(keeper.lease)
            await finish()
            return result
        } catch {
            await finish()
            throw error
        }
    }

    private func acquire(
        _ request: AcquireLeaseRequest, onLost: @escaping @Sendable (LeaseLoss) async -> Void
    ) async throws -> LeaseKeeper {
        let sentAt = MonotonicClock.nanoseconds()
        let response: AcquireLeaseResponse
        do throws(HoldfastError) {
            response = try await self.acquireLease(request)
        } catch {
            if error.outcome == .unknown {
                await self.giveBack(request.target, request.ownerToken)
            }
            throw error
        }
        guard response.outcome == .held else { throw LeaseError(response) }
        let keeper = LeaseKeeper(
            client: self,
            lease: Lease(
                target: request.target, ownerToken: request.ownerToken,
                fencingToken: response.fencingToken,
                term: LeaseTerm(
                    ttlNanoseconds: UInt64(request.ttlMilliseconds) * 1_000_000, sentAt: sentAt)),
            ttlMilliseconds: request.ttlMilliseconds, onLost: onLost)
        // Whoever stood in line does not know when its turn came. A renewal says from when on the lease is held.
        guard MonotonicClock.nanoseconds() >= keeper.lease.term.renewAtNanoseconds else {
            return keeper
        }
        do throws(HoldfastError) {
            let outcome = try await keeper.renew()
            if outcome != .held { keeper.lease.end(.refused(outcome)) }
        } catch {
            await self.giveBack(keeper.lease)
            throw error
        }
        if let loss = keeper.lease.loss {
            await self.giveBack(keeper.lease)
            throw loss
        }
        return keeper
    }

    private func giveBack(_ lease: Lease) async {
        lease.end(.released)
        if case .refused? = lease.loss { return }
        await self.giveBack(lease.target, lease.ownerToken)
    }

    /// Releases a lease, whether or not the task was cancelled. When that fails, the lease lapses by itself.
    private func giveBack(_ target: LeaseTarget, _ ownerToken: OwnerToken) async {
        let request = ReleaseLeaseRequest(target: target, ownerToken: ownerToken)
        // A new task does not inherit the cancellation.
        await Task { _ = try? await self.releaseLease(request) }.value
    }
}

extension Duration {
    /// Whole milliseconds, never negative.
    var millisecondsClamped: Int { Int(self.nanosecondsClamped / 1_000_000) }
}
