import HoldfastAdmission

/// Buyers, devices and addresses by name, and a clock that tests move by hand.
enum RiskKit {
    static let hasher = AdmissionHasher(key0: 0x0123_4567_89ab_cdef, key1: 0xfedc_ba98_7654_3210)
    /// A moment in 2027.
    static let start: Int64 = 1_800_000_000_000
    static let second: Int64 = 1_000
    static let minute: Int64 = 60_000
    static let hour: Int64 = 3_600_000
    static let day: Int64 = 86_400_000
    static let capacity = RiskCapacity(users: 4_096, addresses: 4_096, listWords: 1 << 18)

    /// A call of a buyer with an old account, unless said otherwise. `ip` nil: missing; `device` nil: missing.
    static func input(
        _ user: String = "ann", request: UInt64, device: String? = "phone",
        ip: String? = "203.0.113.7", created: Int64 = start - 400 * day, quantity: Int64 = 1,
        limit: Int64 = 1, amount: Int64 = 0, caller: Caller = .gateway
    ) -> RiskInput {
        let address = ip.map { NetworkAddress($0)! }
        return RiskInput(
            subject: AdmissionSubject(
                user: self.hasher.key(.user, user),
                device: device.map { self.hasher.key(.device, $0) } ?? .none,
                sale: self.hasher.key(.sale, "sale"),
                network: address.map(self.hasher.key) ?? .none,
                address: address ?? .unspecified),
            request: Self.mix(request, user),
            device: caller == .gateway ? .missing : .notApplicable,
            network: caller == .gateway ? .missing : .notApplicable,
            accountCreatedMilliseconds: created, quantity: quantity, limitPerUser: limit,
            amountMinor: amount)
    }

    enum Caller { case gateway, service }

    /// Request numbers as the hashes they stand for.
    private static func mix(_ request: UInt64, _ user: String) -> UInt64 {
        self.hasher.key(.sale, "\(user)/\(request)").low
    }

    static func tables(
        _ rules: RiskRules = .defaults, capacity: RiskCapacity = capacity
    ) throws -> RiskTables {
        try RiskTables(rules: rules, capacity: capacity, now: self.start)
    }
}
