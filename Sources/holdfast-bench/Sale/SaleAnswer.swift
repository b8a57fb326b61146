/// What the server said to one call, as far as the scenario needs it.
struct SaleAnswer: Equatable, Sendable {
    var code: UInt16 = 0
    /// Why the call was not decided; empty with an OK answer.
    var reason = ""
    var outcome = 0
    var reservationID: UInt64 = 0
    var isReplayed = false
    /// With an answer to GetReservation: whose it is.
    var owner = ""
}
