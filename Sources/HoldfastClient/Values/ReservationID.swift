/// The server's name for a reservation: 64 bits without meaning to the caller. Text and JSON hold it as a decimal
/// string, since many languages cannot hold it as a number.
public struct ReservationID: Sendable, Hashable, CustomStringConvertible {
    /// The 64 bits. 0 is none.
    public let rawValue: UInt64

    /// Takes the 64 bits.
    public init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads decimal digits; nil for anything else.
    public init?(_ text: String) {
        guard let rawValue = UInt64(text), text.utf8.first != UInt8(ascii: "+") else { return nil }
        self.rawValue = rawValue
    }

    /// Decimal digits.
    public var description: String { String(self.rawValue) }
}

/// Which reservation a call means.
public enum ReservationTarget: Sendable, Hashable {
    /// By the id that Reserve gave.
    case reservation(ReservationID)
    /// By the id that the caller made, even if the answer to its Reserve was lost.
    case request(RequestID)

    /// The caller's own id, if it is named by that.
    public var requestID: RequestID? {
        switch self {
        case .reservation: nil
        case .request(let id): id
        }
    }
}
