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

/// The calls of one reactor's turn that admission judges, together and under one lock. Owner: the reactor's thread.
struct AdmissionBatch: ~Copyable {
    var calls = TurnBuffer<AdmissionCall>(capacity: 1_024)
    /// One a call, in the same order.
    var limits = TurnBuffer<LimitCall>(capacity: 1_024)
    var saleKeys = SaleKeyMemo()

    mutating func removeAll() {
        self.calls.removeAll()
        self.limits.removeAll()
    }
}
