import HoldfastAdmission

enum BlacklistKit {
    static func make(_ entryCountMax: Int = 4_096, hasher: AdmissionHasher = RiskKit.hasher) throws
        -> Blacklist
    {
        try Blacklist(hasher: hasher, entryCountMax: entryCountMax)
    }

    static func entry(
        _ value: BlacklistValue, expires: Int64? = nil, reason: String = "bots",
        operatorName: String = "mei", source: String = "holdfastctl"
    ) -> BlacklistEntry {
        BlacklistEntry(
            value: value, expiresMilliseconds: expires, createdMilliseconds: RiskKit.start,
            reason: reason, operatorName: operatorName, source: source)
    }

    static func range(_ text: String) -> BlacklistValue {
        // A test's own text; `try!` would hide nothing, and this says what is wrong with it.
        guard let range = try? NetworkRange(parsing: text) else {
            preconditionFailure("\(text) is no range")
        }
        return .network(range)
    }

    static func subject(
        user: String = "ann", device: String? = "phone", ip: String? = "203.0.113.7",
        hasher: AdmissionHasher = RiskKit.hasher
    ) -> AdmissionSubject {
        let address = ip.map { NetworkAddress($0)! }
        return AdmissionSubject(
            user: hasher.key(.user, user),
            device: device.map { hasher.key(.device, $0) } ?? .none,
            sale: hasher.key(.sale, "sale"), network: address.map(hasher.key) ?? .none,
            address: address ?? .unspecified)
    }
}
