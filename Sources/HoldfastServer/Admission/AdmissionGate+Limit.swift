internal import HoldfastAdmission
internal import Synchronization

extension AdmissionGate {
    /// Decides how often the calls of a block may come, in their order, all at `now`: their `limit` says which are refused.
    ///
    /// It comes before `judge` and under a lock of its own taking, so that what is dear to learn for the rules is not learnt
    /// of calls that are refused anyhow.
    func limit(_ block: AdmissionBlock, now: Int64) {
        self.state.withLock { state in
            state.limiter.decide(block.limits, nowMilliseconds: now)
        }
    }
}
