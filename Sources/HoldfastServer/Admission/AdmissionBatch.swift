internal import HoldfastAdmission
internal import HoldfastEngine

/// A call as admission sees it. Trivial: what the caller said goes in when the call is read, what admission says comes out
/// at the turn's end.
struct AdmissionCall {
    var input: RiskInput
    /// The buyer's id as it came, for the log of refusals.
    var user: ByteView
    /// Its place among the turn's pending calls.
    var pending: Int32
    var verdict: AdmissionVerdict = .allow

    init(input: RiskInput, user: ByteView, pending: Int32) {
        self.input = input
        self.user = user
        self.pending = pending
    }
}

/// A CheckRisk of this turn: views live until the turn ends.
struct RiskCheck {
    var input: RiskInput
    var saleID: ByteView
    var lines: LineRequests
}

/// A few calls of a turn that are judged together: what is asked of the tables for one is fetched from memory while another
/// is looked at. The pointers stay on the thread that brought them, until the gate returns.
struct AdmissionBlock: @unchecked Sendable {
    static let countMax = 64

    let calls: UnsafeMutablePointer<AdmissionCall>
    /// One a call, in the same order.
    let limits: UnsafeMutablePointer<LimitCall>
    let count: Int
}

/// The calls of one reactor's turn that admission judges. Owner: the reactor's thread.
struct AdmissionBatch: ~Copyable {
    var calls = TurnBuffer<AdmissionCall>(capacity: 1_024)
    var saleKeys = SaleKeyMemo()
    private let limits: UnsafeMutablePointer<LimitCall> = .allocate(
        capacity: AdmissionBlock.countMax)

    deinit { self.limits.deallocate() }

    /// The calls from `start` on, as many as go together. One block at a time: they share what the limiter says.
    func block(from start: Int) -> AdmissionBlock {
        let calls = self.calls.base + start
        let count = min(AdmissionBlock.countMax, self.calls.count - start)
        for index in 0..<count {
            (self.limits + index).initialize(to: LimitCall(calls[index].input.subject))
        }
        return AdmissionBlock(calls: calls, limits: self.limits, count: count)
    }
}
