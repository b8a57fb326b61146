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
    /// What the limiter says.
    var limit: LimitDecision = .allowed

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
    let count: Int

    private static let subjectOffset = Self.offset(of: \.input.subject)
    private static let limitOffset = Self.offset(of: \.limit)

    private static func offset(of field: PartialKeyPath<AdmissionCall>) -> Int {
        guard let offset = MemoryLayout<AdmissionCall>.offset(of: field) else {
            preconditionFailure("a stored field has an offset")
        }
        return offset
    }

    /// As the limiter wants them.
    var limits: LimitBatch {
        LimitBatch(
            records: UnsafeMutableRawPointer(self.calls), count: self.count,
            strideBytes: MemoryLayout<AdmissionCall>.stride, subject: Self.subjectOffset,
            decision: Self.limitOffset)
    }
}

/// The calls of one reactor's turn that admission judges. Owner: the reactor's thread.
struct AdmissionBatch: ~Copyable {
    var calls = TurnBuffer<AdmissionCall>(capacity: 1_024)

    /// The calls from `start` on, as many as go together.
    func block(from start: Int) -> AdmissionBlock {
        AdmissionBlock(
            calls: self.calls.base + start,
            count: min(AdmissionBlock.countMax, self.calls.count - start))
    }
}
