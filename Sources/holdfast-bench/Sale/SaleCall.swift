/// One call of the scenario, ready to be sent.
struct SaleCall: Sendable {
    /// What the call is in the scenario.
    enum Step: Hashable, Sendable {
        /// A buyer asks for units.
        case reserve
        /// He asks again with the same request id.
        case again
        /// He asks with another request id.
        case another
        /// A winner pays.
        case pay
        /// The gateway reads a reservation that its buyer claims to have.
        case look
        /// A cheat confirms or cancels what is not his.
        case confirmOther, cancelOther

        var title: String {
            switch self {
            case .reserve: "Reserve"
            case .again: "Reserve again"
            case .another: "another Reserve"
            case .pay: "Confirm"
            case .look: "GetReservation"
            case .confirmOther: "Confirm of another's"
            case .cancelOther: "Cancel of another's"
            }
        }

        var method: MethodMix.Method {
            switch self {
            case .reserve, .again, .another: .reserve
            case .pay, .confirmOther: .confirm
            case .cancelOther: .cancel
            case .look: .get
            }
        }
    }

    var buyer: Int
    var step: Step
    /// Which reservation, by its id; 0 for a Reserve.
    var reservationID: UInt64 = 0
    /// The packed message of a Reserve; the others are written when they are sent.
    var body: [UInt8] = []
    /// When it is to start, in nanoseconds after the sale has opened.
    var startsAfterNanoseconds: UInt64 = 0
}
