/// When things happened in a run, in nanoseconds after the sale has opened, and how long buyers waited.
struct SaleTimes: ~Copyable {
    /// Of Reserve, from the moment at which the buyer came.
    var reserve = LatencyHistogram()
    /// Of Confirm, from the moment at which the gateway sent it.
    var confirm = LatencyHistogram()
    /// The answer that granted the last unit.
    var lastGrant: UInt64 = 0
    /// The last payment was taken.
    var lastConfirm: UInt64 = 0
    var lastAnswer: UInt64 = 0
}
