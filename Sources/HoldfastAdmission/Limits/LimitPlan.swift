/// One call in one dimension: its key and policy, and how far the decision has come. Trivial.
struct LimitStep: BitwiseCopyable {
    typealias Policy = UnsafePointer<CompiledPolicy>

    var key: AdmissionKey
    var policy: Policy
    /// The key's entry in its table, -1: it has none yet.
    var entry = -1
    /// What stood in the entry before this call spent.
    var earlier: UInt64 = 0

    @inline(__always)
    init(_ key: AdmissionKey, _ policy: Policy) {
        self.key = key
        self.policy = policy
    }

    /// Whether this dimension has a say at all.
    @inline(__always)
    var applies: Bool { self.policy.pointee.kind != .unlimited && !self.key.isNone }
}

/// One call's steps in the order of `LimitDimension`, in memory of the limiter's. Behind a pointer, since a loop over an
/// `InlineArray` of a local value copies all of it for each element it looks at (docs/WORKAROUNDS.md).
struct LimitPlan: BitwiseCopyable {
    /// The one bucket of all calls. A hash meets it no likelier than any other key.
    static let globalKey = AdmissionKey(high: 0x676c_6f62_616c_2031, low: 0x676c_6f62_616c_2032)

    private let steps: UnsafeMutablePointer<LimitStep>

    /// The plan of the call at `index` of a block whose steps begin at `base`.
    @inline(__always)
    init(_ base: UnsafeMutablePointer<LimitStep>, at index: Int) {
        self.steps = base + index &* LimitDimension.limitingCount
    }

    @inline(__always)
    subscript(dimension: Int) -> UnsafeMutablePointer<LimitStep> { self.steps + dimension }
}
