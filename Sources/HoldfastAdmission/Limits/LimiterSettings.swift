/// Settings that cannot be used; `description` names the one and says what is allowed.
package struct LimiterSettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

/// One sale's own limits. Nil: as everywhere.
///
/// What a sale sets for users, addresses or devices is counted for that sale alone: a buyer's calls in other sales neither
/// spend it nor are held up by it.
package struct SaleLimits: Hashable, Sendable {
    package var saleID: String
    package var user: LimitPolicy?
    package var address: LimitPolicy?
    package var device: LimitPolicy?
    package var sale: LimitPolicy?

    package init(
        saleID: String, user: LimitPolicy? = nil, address: LimitPolicy? = nil,
        device: LimitPolicy? = nil, sale: LimitPolicy? = nil
    ) {
        self.saleID = saleID
        self.user = user
        self.address = address
        self.device = device
        self.sale = sale
    }
}

/// A known network's own limit on addresses; the most specific one counts, before what a sale says, since it knows who is
/// behind the address.
package struct NetworkLimits: Hashable, Sendable {
    package enum Counting: Hashable, Sendable {
        /// Each IPv4 address or IPv6 /64 has the limit: offices, carriers that share addresses.
        case eachAddress
        /// All of the range together: a hosting company's block, an IPv6 /48 of one customer.
        case wholeRange
    }

    package var range: NetworkRange
    package var policy: LimitPolicy
    package var counting: Counting

    package init(range: NetworkRange, policy: LimitPolicy, counting: Counting = .eachAddress) {
        self.range = range
        self.policy = policy
        self.counting = counting
    }
}

/// The limiter's settings and their defaults; `docs/ADMISSION.md` gives the reasons.
package struct LimiterSettings: Hashable, Sendable {
    package static let saleCountMax = 4_096
    package static let memoryByteCountMin = 1 << 16

    package var user = LimitPolicy.tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1)
    package var address = LimitPolicy.tokenBucket(
        count: 100, periodMilliseconds: 1_000, burst: 1_000)
    package var device = LimitPolicy.tokenBucket(count: 5, periodMilliseconds: 1_000, burst: 20)
    package var sale = LimitPolicy.tokenBucket(
        count: 1_000_000, periodMilliseconds: 1_000, burst: 1_000_000)
    package var global = LimitPolicy.tokenBucket(
        count: 2_000_000, periodMilliseconds: 1_000, burst: 2_000_000)
    package var sales: [SaleLimits] = []
    package var networks: [NetworkLimits] = []
    /// What token buckets take at most: 21⅓ bytes for each key that still counts. Fixed at the start.
    package var bucketMemoryByteCount = 64 << 20
    /// What sliding windows take at most: 128 bytes for each key that still counts with up to seven distinct
    /// milliseconds. Fixed at the start, touched only when a policy uses windows.
    package var windowMemoryByteCount = 64 << 20
    /// Whether the buckets' memory is touched at the start, so that no call pays for a page fault.
    package var populate = true

    package init() {}

    /// All policies, with words for messages.
    var policies: [(name: String, policy: LimitPolicy)] {
        var all: [(String, LimitPolicy)] = [
            ("user", self.user), ("ip", self.address), ("device", self.device),
            ("sale", self.sale), ("global", self.global),
        ]
        for sale in self.sales {
            let own = [
                ("user", sale.user), ("ip", sale.address), ("device", sale.device),
                ("sale", sale.sale),
            ]
            for (name, policy) in own {
                if let policy { all.append(("\(name) in sale \"\(sale.saleID)\"", policy)) }
            }
        }
        return all + self.networks.map { ("network \($0.range)", $0.policy) }
    }

    package func validate() throws(LimiterSettingsError) {
        for (name, policy) in self.policies {
            if let problem = policy.problem {
                throw LimiterSettingsError(description: "limit of \(name): \(problem)")
            }
        }
        if self.sales.count > Self.saleCountMax {
            throw LimiterSettingsError(
                description:
                    "at most \(Self.saleCountMax) sales may have limits of their own, not \(self.sales.count)"
            )
        }
        if self.networks.count > NetworkMap.rangeCountMax {
            throw LimiterSettingsError(
                description:
                    "at most \(NetworkMap.rangeCountMax) networks may have limits of their own, not \(self.networks.count)"
            )
        }
        var saleIDs: Set<[UInt8]> = []
        for sale in self.sales {
            let bytes = Array(sale.saleID.utf8)
            if !(1...64).contains(bytes.count) {
                throw LimiterSettingsError(
                    description: "limits of sale \"\(sale.saleID)\": a sale id has 1 to 64 bytes")
            }
            if !saleIDs.insert(bytes).inserted {
                throw LimiterSettingsError(
                    description: "sale \"\(sale.saleID)\" has its limits twice: keep one")
            }
        }
        var ranges: Set<NetworkRange> = []
        for network in self.networks where !ranges.insert(network.range).inserted {
            throw LimiterSettingsError(
                description: "network \(network.range) has its limit twice: keep one")
        }
        for (name, count) in [
            ("token buckets", self.bucketMemoryByteCount),
            ("sliding windows", self.windowMemoryByteCount),
        ] where count < Self.memoryByteCountMin {
            throw LimiterSettingsError(
                description:
                    "memory of \(name): at least \(Self.memoryByteCountMin) bytes, not \(count)")
        }
    }
}
