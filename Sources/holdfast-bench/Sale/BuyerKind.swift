/// What a buyer of the scenario tries.
enum BuyerKind: String, CaseIterable, Sendable {
    /// One unit, asked for once, paid when granted.
    case honest
    /// Sends the same call three times, over three connections.
    case retry
    /// Sends a second call with another request id at the same time.
    case doubled
    /// The same from a second address and device.
    case twoAddresses
    /// Asks for -1 units.
    case negativeQuantity
    /// Asks for a million units, or for more than there are numbers.
    case hugeQuantity
    /// Confirms and cancels reservations whose ids he made up.
    case madeUpID
    /// Names a reservation that another buyer holds, and wants to confirm and cancel it.
    case othersReservation

    static let cheats = Self.allCases.filter { $0 != .honest }

    var title: String {
        switch self {
        case .honest: "honest"
        case .retry: "same call three times"
        case .doubled: "two calls, two ids"
        case .twoAddresses: "two addresses and devices"
        case .negativeQuantity: "negative quantity"
        case .hugeQuantity: "huge quantity"
        case .madeUpID: "made-up reservation ids"
        case .othersReservation: "others' reservations"
        }
    }
}
