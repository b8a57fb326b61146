import HoldfastAdmission

/// Calls that come evenly, as an abuse case describes them.
struct Flood: Sendable {
    enum Address: Sendable {
        case one(String)
        /// 10.(flood).x.y, one after another.
        case each(Int)
        /// Hosts inside one IPv6 /64.
        case hostsOfOne64(Int)
        /// As many IPv6 /64 networks.
        case each64(Int)
        case missing
        /// A service's call.
        case none
    }

    var count = 1
    var everyMilliseconds: Int64 = 1
    /// Buyers in turn.
    var users = 1
    var userPrefix = "user"
    /// A new request id each time, or one for all.
    var isOnePurchase = false
    /// Devices in turn; 0: missing.
    var devices = 1
    var address = Address.one("203.0.113.7")
    /// Nil: unknown.
    var ageMilliseconds: Int64? = 400 * RiskKit.day
    var quantity: Int64 = 1
    var limit: Int64 = 1
    var amount: Int64 = 0
    /// Before the first call.
    var pauseMilliseconds: Int64 = 0
    /// CheckRisk instead of Reserve.
    var isCheck = false
}

/// What became of calls.
struct Outcome: Equatable, Sendable, CustomStringConvertible {
    var allowed = 0
    var challenged = 0
    var rejected = 0
    var barred = 0

    var description: String {
        "\(self.allowed) allowed, \(self.challenged) challenged, \(self.rejected) rejected, \(self.barred) barred"
    }
}

/// Blacklist and risk as a server would ask them: counted first, since refused calls count, then barred or judged.
struct AbuseScene: ~Copyable {
    var tables: RiskTables
    var list: Blacklist
    var now = RiskKit.start
    private var request: UInt64 = 0

    init(rules: RiskRules = .defaults, barred: [(BlacklistValue, Int64?)] = []) throws {
        let tables = try RiskKit.tables(rules)
        var list = try BlacklistKit.make()
        for (value, expires) in barred {
            _ = try list.add(
                BlacklistKit.entry(value, expires: expires.map { RiskKit.start + $0 }),
                now: RiskKit.start)
        }
        self.tables = tables
        self.list = list
    }

    mutating func run(_ flood: Flood) -> Outcome {
        var outcome = Outcome()
        self.now += flood.pauseMilliseconds
        for index in 0..<flood.count {
            if index > 0 { self.now += flood.everyMilliseconds }
            if !flood.isOnePurchase || index == 0 { self.request += 1 }
            let input = self.input(flood, index)
            let verdict =
                flood.isCheck
                ? self.tables.peek(input, now: self.now)
                : self.tables.evaluate(input, now: self.now)
            if self.list.match(input.subject, now: self.now) != nil {
                outcome.barred += 1
            } else {
                switch verdict.decision {
                case .allow: outcome.allowed += 1
                case .challenge: outcome.challenged += 1
                case .reject: outcome.rejected += 1
                }
            }
        }
        return outcome
    }

    private func input(_ flood: Flood, _ index: Int) -> RiskInput {
        let ip: String?
        var caller = RiskKit.Caller.gateway
        switch flood.address {
        case .one(let text): ip = text
        case .each(let count): ip = "10.1.\(index % count / 256).\(index % count % 256)"
        case .hostsOfOne64(let count):
            ip = "2001:db8:1:1::\(String(index % count + 1, radix: 16))"
        case .each64(let count): ip = "2001:db8:2:\(String(index % count + 1, radix: 16))::1"
        case .missing: ip = nil
        case .none:
            ip = nil
            caller = .service
        }
        return RiskKit.input(
            flood.users == 1 ? flood.userPrefix : "\(flood.userPrefix) \(index % flood.users)",
            request: self.request,
            device: flood.devices == 0 ? nil : "device \(index % flood.devices)", ip: ip,
            created: flood.ageMilliseconds.map { self.now - $0 } ?? 0, quantity: flood.quantity,
            limit: flood.limit, amount: flood.amount, caller: caller)
    }
}
