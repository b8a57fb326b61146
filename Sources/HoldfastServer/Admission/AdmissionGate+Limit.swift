internal import HoldfastAdmission
internal import Synchronization

extension AdmissionGate {
    /// The pointer stays on the thread that brought it.
    private struct Limits: @unchecked Sendable {
        let calls: UnsafeMutableBufferPointer<LimitCall>
    }

    /// Decides how often the calls of a turn may come, in their order, all at `now`: the batch's `limits` say which are refused.
    ///
    /// It comes before `judge` and under a lock of its own taking, so that what is dear to learn for the rules is not learnt
    /// of calls that are refused anyhow.
    func limit(_ batch: borrowing AdmissionBatch, now: Int64) {
        let limits = Limits(
            calls: UnsafeMutableBufferPointer(start: batch.limits.base, count: batch.limits.count))
        self.state.withLock { $0.limiter.decide(limits.calls, nowMilliseconds: now) }
    }
}
