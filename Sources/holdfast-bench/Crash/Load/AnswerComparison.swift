import HoldfastClient

extension ReserveResponse {
    /// Whether this answer repeats the first one: what may change with time (state, left, used, limit) is left out.
    func isSame(as first: ReserveResponse) -> Bool {
        self.outcome == .reserved && self.replayed
            && self.reservationID == first.reservationID
            && self.deadlineMilliseconds == first.deadlineMilliseconds
            && self.lines.count == first.lines.count
            && zip(self.lines, first.lines).allSatisfy {
                $0.productID == $1.productID && $0.granted == $1.granted
                    && $0.priceMinor == $1.priceMinor
            }
    }

    /// Whether what was granted is what was asked, or less if the caller allowed that.
    func fits(_ request: ReserveRequest) -> Bool {
        let sums = request.lines.reduce(into: [String: Int]()) {
            $0[$1.productID, default: 0] += $1.quantity
        }
        let granted = self.lines.reduce(0) { $0 + $1.granted }
        return granted > 0 && self.lines.count == sums.count
            && self.lines.allSatisfy { line in
                let asked = sums[line.productID] ?? -1
                return request.allowPartial
                    ? (0...max(0, asked)).contains(line.granted) : line.granted == asked
            }
    }
}

extension ConfirmResponse {
    /// Whether this answer repeats the first one; the state may have moved on.
    func isSame(as first: ConfirmResponse) -> Bool {
        self.replayed && self.outcome == first.outcome
            && self.reservationID == first.reservationID && self.cause == first.cause
            && self.late == first.late && self.lines == first.lines
    }
}

extension RefundCause {
    /// Causes that a lapsed hold can have.
    var isOfLapse: Bool {
        self == .expiredSoldOut || self == .expiredLimit || self == .saleClosed
    }
}
