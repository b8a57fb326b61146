import HoldfastClient

/// One buyer of the scenario: user, address, device and account follow from the number.
struct SaleBuyer: Sendable {
    let number: Int
    let kind: BuyerKind

    private static let accountDaysMax: UInt64 = 3_650
    private static let millisecondsPerDay = 86_400_000

    var userID: String { Self.userID(self.number) }

    static func userID(_ number: Int) -> String { "buyer-\(number)" }

    /// What a gateway knows of the buyer. Buyers have addresses below 16,777,216 in 11.0.0.0/8 by their number; a
    /// second address is of IPv6, as when a phone leaves the house.
    func client(isSecond: Bool, nowMilliseconds: Int) -> BuyerClient {
        var state = UInt64(self.number)
        let mixed = RandomSource.splitMix(&state)
        let n = self.number
        let age = Int(mixed % Self.accountDaysMax) * Self.millisecondsPerDay
        return BuyerClient(
            ip: isSecond
                ? "2001:db8:\(String(n >> 16, radix: 16)):\(String(n & 0xFFFF, radix: 16))::1"
                : "11.\(n >> 16 & 255).\(n >> 8 & 255).\(n & 255)",
            deviceID: "\(isSecond ? "tablet" : "phone")-\(String(mixed, radix: 16))-\(n)",
            accountCreatedMilliseconds: nowMilliseconds - age)
    }
}
