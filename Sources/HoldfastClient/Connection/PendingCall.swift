import HoldfastWire

/// What one attempt of a call came to: the body of its answer, or why there is none.
typealias AttemptResult = Result<[UInt8], HoldfastError>

/// One attempt of one call, from the task that waits for it to the loop's thread.
struct PendingCall: Sendable {
    /// Where an attempt is.
    enum Place: Equatable {
        case waiting
        case inFlight(connection: UInt64, callID: UInt32)
    }

    /// Unique in the client, never 0.
    let token: UInt64
    let method: Method
    /// The protobuf bytes, without a header.
    let body: [UInt8]
    /// 0 for the first attempt.
    let attempt: UInt32
    /// When the whole call ends, in nanoseconds of the monotonic clock.
    let deadlineNanoseconds: UInt64
    /// Until when it waits for a connection; at most the deadline.
    let connectByNanoseconds: UInt64
    let continuation: CheckedContinuation<AttemptResult, Never>
    var place = Place.waiting

    /// Resumes the waiting task. Exactly once a call.
    func finish(_ result: AttemptResult) {
        self.continuation.resume(returning: result)
    }
}
