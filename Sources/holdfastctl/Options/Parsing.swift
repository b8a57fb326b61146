import ArgumentParser
package import HoldfastClient

/// Texts of the command line as values.
package enum Parsing {
    /// `PRODUCT` or `PRODUCT:QUANTITY`. The quantity is what follows the last colon if that is digits, so that a product
    /// whose own id ends so must be given with a quantity.
    package static func line(_ text: String) -> StockLine {
        if let colon = text.lastIndex(of: ":") {
            let digits = text[text.index(after: colon)...]
            let isDigits = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            if isDigits, let quantity = Int(digits) {
                return StockLine(productID: String(text[..<colon]), quantity: quantity)
            }
        }
        return StockLine(productID: text, quantity: 1)
    }

    /// A reservation id (decimal) or a request id (a UUID, or 32 hexadecimal digits).
    package static func target(_ text: String) -> ReservationTarget? {
        if let requestID = RequestID(text) { return .request(requestID) }
        if let reservationID = ReservationID(text) { return .reservation(reservationID) }
        return nil
    }

    /// `+5`, `5` or `-3`.
    package static func delta(_ text: String) -> Int? {
        Int(text)
    }

    static func target(orUsage text: String) throws -> ReservationTarget {
        guard let target = self.target(text) else {
            throw ValidationError(
                "\"\(text)\" is neither a reservation id (decimal digits) nor a request id (UUID).")
        }
        return target
    }

    static func ownerToken(orUsage text: String) throws -> OwnerToken {
        guard let token = OwnerToken(text) else {
            throw ValidationError("\"\(text)\" is no owner token (32 hexadecimal digits).")
        }
        return token
    }

    static func requestID(orUsage text: String?) throws -> RequestID {
        guard let text else { return RequestID() }
        guard let requestID = RequestID(text) else {
            throw ValidationError("\"\(text)\" is no request id (UUID or 32 hexadecimal digits).")
        }
        return requestID
    }
}
