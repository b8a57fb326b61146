/// The numbers of google.rpc.Code. `ok` is never the code of an error.
public enum HoldfastErrorCode: WireEnum {
    /// No error.
    case ok
    /// Taken back by the caller.
    case cancelled
    /// The server failed and cannot say how far it came.
    case unknown
    /// A field is wrong; see `fieldViolations`.
    case invalidArgument
    /// The time was up.
    case deadlineExceeded
    /// There is no such thing.
    case notFound
    /// There is such a thing already.
    case alreadyExists
    /// The caller's role may not do this.
    case permissionDenied
    /// A limit is used up; see `retryAfterMilliseconds`.
    case resourceExhausted
    /// The state does not allow it, like a request id used again with other content.
    case failedPrecondition
    /// Overtaken by another call.
    case aborted
    /// Past the end.
    case outOfRange
    /// This server does not do this.
    case unimplemented
    /// A fault of the server, or an answer that makes no sense.
    case `internal`
    /// Nobody can be asked right now.
    case unavailable
    /// Something stored is lost or damaged.
    case dataLoss
    /// The server does not know who is calling.
    case unauthenticated
    /// A number that this version of the client does not know.
    case unrecognized(Int32)

    /// The protocol uses these names as they are.
    public static let namePrefix = ""
    /// Every known value with its name, by number.
    public static let known: [(value: Self, name: String)] = [
        (.ok, "OK"),
        (.cancelled, "CANCELLED"),
        (.unknown, "UNKNOWN"),
        (.invalidArgument, "INVALID_ARGUMENT"),
        (.deadlineExceeded, "DEADLINE_EXCEEDED"),
        (.notFound, "NOT_FOUND"),
        (.alreadyExists, "ALREADY_EXISTS"),
        (.permissionDenied, "PERMISSION_DENIED"),
        (.resourceExhausted, "RESOURCE_EXHAUSTED"),
        (.failedPrecondition, "FAILED_PRECONDITION"),
        (.aborted, "ABORTED"),
        (.outOfRange, "OUT_OF_RANGE"),
        (.unimplemented, "UNIMPLEMENTED"),
        (.internal, "INTERNAL"),
        (.unavailable, "UNAVAILABLE"),
        (.dataLoss, "DATA_LOSS"),
        (.unauthenticated, "UNAUTHENTICATED"),
    ]

    /// The number in the protocol.
    public var number: Int32 {
        if case .unrecognized(let number) = self { return number }
        return Int32(Self.known.firstIndex { $0.value == self } ?? 0)
    }

    /// Whether the server's answer leaves open what became of the call: only INTERNAL, UNKNOWN and codes that this
    /// version does not know do. Every other code says that this attempt had no effect.
    var leavesOutcomeOpen: Bool {
        switch self {
        case .internal, .unknown, .unrecognized: true
        default: false
        }
    }
}
