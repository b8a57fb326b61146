/// Why a lease is held no more.
public enum LeaseLoss: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server says so: it was broken by an operator, or it lapsed and may have gone to another.
    case refused(LeaseOutcome)
    /// It could not be renewed in time, so that it may have lapsed; with the last attempt's error, if there was one.
    case expired(HoldfastError?)
    /// It was given back.
    case released

    /// One line.
    public var description: String {
        switch self {
        case .refused(let outcome): "the lease is lost: the server says \(outcome)"
        case .expired(nil): "the lease is lost: it was not renewed in time"
        case .expired(let error?): "the lease is lost: it could not be renewed in time (\(error))"
        case .released: "the lease was released"
        }
    }
}

/// Why a lease was not granted, though the call was decided.
public enum LeaseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another holds it until then (Unix milliseconds), and there was no waiting, or it was in vain.
    case heldByAnother(holder: String, deadlineMilliseconds: Int)
    /// No such sale.
    case saleNotFound
    /// An outcome that this version of the client does not know.
    case unrecognized(LeaseOutcome)

    init(_ response: AcquireLeaseResponse) {
        switch response.outcome {
        case .heldByAnother:
            self = .heldByAnother(
                holder: response.holder, deadlineMilliseconds: response.deadlineMilliseconds)
        case .saleNotFound: self = .saleNotFound
        default: self = .unrecognized(response.outcome)
        }
    }

    /// One line.
    public var description: String {
        switch self {
        case .heldByAnother(let holder, _):
            "the lease is held by \(holder.isEmpty ? "another" : holder)"
        case .saleNotFound: "no such sale"
        case .unrecognized(let outcome): "the lease was not granted: \(outcome)"
        }
    }
}
