import ArgumentParser
import HoldfastClient

struct GetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Reads one reservation.",
        discussion: "By request id: the way to learn what became of a call whose answer was lost.")

    @OptionGroup var which: ReservationArguments
    @OptionGroup var common: CommonOptions

    func run() async throws {
        let request = GetReservationRequest(
            saleID: self.which.sale, target: try Parsing.target(orUsage: self.which.reservation))
        try await self.common.withClient(.stock) { server throws(HoldfastError) in
            let response = try await server.getReservation(request)
            self.common.show(response.json) { Self.tables(response) }
            return response.outcome == .found ? .ok : .negative
        }
    }

    private static func tables(_ response: GetReservationResponse) -> [Table] {
        guard let reservation = response.reservation else {
            return [Table(pairs: [("outcome", response.outcome.name)])]
        }
        var pairs = [
            ("outcome", response.outcome.name),
            ("reservation", reservation.reservationID.description),
            ("request id", reservation.requestID.description), ("buyer", reservation.userID),
            ("state", reservation.state.name),
            ("deadline", TimeText.text(reservation.deadlineMilliseconds)),
        ]
        let optional = [
            ("order", reservation.orderReference), ("payment", reservation.paymentReference),
            ("cause", reservation.cause == .unspecified ? "" : reservation.cause.name),
            ("late", reservation.late ? "true" : ""),
            ("extended", reservation.extended ? "true" : ""),
            ("frozen", reservation.frozen ? "true" : ""),
        ]
        pairs += optional.filter { !$0.1.isEmpty }
        var lines = Table("PRODUCT", ">GRANTED", ">NOW", ">REFUNDED", ">PRICE")
        for line in reservation.lines {
            lines.add(
                line.productID, String(line.granted), String(line.quantity),
                String(line.refunded), String(line.priceMinor))
        }
        return [Table(pairs: pairs), lines]
    }
}
