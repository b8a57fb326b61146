import HoldfastClient

/// What a caller wants done to one reservation.
enum CrashAction: Sendable {
    case reserve
    case confirm(ConfirmRequest)
    case cancel(CancelRequest)
    case extend(ExtendRequest)
    case refund(RefundRequest)
}

/// What was done and acknowledged: the request with its first answer.
enum CrashStep: Sendable {
    case confirm(ConfirmRequest, ConfirmResponse)
    case cancel(CancelRequest, CancelResponse)
    case extend(ExtendRequest, ExtendResponse)
    case refund(RefundRequest, RefundResponse)
}

/// What another caller read of a reservation while it was being changed.
enum CrashSight: Sendable, Equatable {
    case state(ReservationState, deadlineMilliseconds: Int?)
    case remembered
}

/// The life of one Reserve as its callers were told: the ledger's page. One task at a time works with it, so its steps
/// are in order; what was sent and not answered stands in `pending` until the same call is sent again.
struct CrashRecord: Sendable {
    /// What the Reserve came to.
    enum Standing: Sendable {
        case unsent
        /// Refused with an outcome: nothing may be left behind.
        case refused(ReserveOutcome)
        /// A Cancel came first: the request id is barred for good.
        case barred
        /// Acknowledged, with the first answer.
        case reserved(ReserveResponse)
    }

    let number: Int
    let reserve: ReserveRequest
    /// Nobody confirms, cancels or extends it: what it took stays taken.
    var isKept = false
    var standing = Standing.unsent
    /// As the newest answer said; HELD may have become EXPIRED since.
    var state = ReservationState.unspecified
    /// With the extension, if there was one.
    var deadlineMilliseconds = 0
    var steps: [CrashStep] = []
    var pending: [CrashAction] = []
    /// What was read while the server lived that was killed last.
    var sights: [CrashSight] = []

    init(number: Int, reserve: ReserveRequest) {
        self.number = number
        self.reserve = reserve
    }

    var first: ReserveResponse? {
        if case .reserved(let response) = self.standing { return response }
        return nil
    }

    var isBarred: Bool {
        if case .barred = self.standing { return true }
        return false
    }

    var requestTarget: ReservationTarget { .request(self.reserve.requestID) }

    /// How failures name it.
    var name: String {
        let id = self.first.map { ", reservation \($0.reservationID)" } ?? ""
        return "request \(self.reserve.requestID) of \(self.reserve.userID) in "
            + "\(self.reserve.saleID)\(id)"
    }

    /// The first Confirm that was acknowledged.
    var confirmation: (request: ConfirmRequest, response: ConfirmResponse)? {
        for case .confirm(let request, let response) in self.steps { return (request, response) }
        return nil
    }

    var isExtended: Bool {
        self.steps.contains {
            if case .extend(_, let response) = $0 { return response.outcome == .extended }
            return false
        }
    }

    /// Units of each product that the refunds gave back.
    var refundedByProduct: [String: Int] {
        var sums: [String: Int] = [:]
        for case .refund(_, let response) in self.steps where response.outcome == .refunded {
            for line in response.lines { sums[line.productID, default: 0] += line.quantity }
        }
        return sums
    }

    /// Units that refunds took out of the products' totals.
    var withdrawnByProduct: [String: Int] {
        var sums: [String: Int] = [:]
        for case .refund(let request, let response) in self.steps
        where response.outcome == .refunded && !request.restock {
            for line in response.lines { sums[line.productID, default: 0] += line.quantity }
        }
        return sums
    }
}

extension ReservationState {
    /// The states that a reservation can be in later on.
    var successors: Set<ReservationState> {
        switch self {
        case .held:
            [.held, .confirmed, .cancelled, .expired, .released, .refundDue, .refunded]
        case .expired: [.expired, .confirmed, .cancelled, .refundDue, .refunded]
        case .confirmed: [.confirmed, .refunded]
        case .cancelled: [.cancelled, .refundDue, .refunded]
        case .released: [.released, .cancelled, .refundDue, .refunded]
        case .refundDue: [.refundDue, .refunded]
        case .refunded: [.refunded]
        case .unspecified, .unrecognized: []
        }
    }
}
