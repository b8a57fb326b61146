package import HoldfastAdmission

/// The settings `admission.…`, as types.
package struct AdmissionSettings: Sendable {
    package enum Mode: String, Sendable, CaseIterable {
        /// The checks decide.
        case enforce
        /// The checks count and log, and decide nothing.
        case observe
        /// No checks, and none of their memory.
        case off
    }

    /// What becomes of a buyer whom the rules would ask for a challenge.
    package enum Challenge: String, Sendable, CaseIterable {
        case enforce
        case observe
    }

    package var mode: Mode
    package var challenge: Challenge
    package var limits: LimiterSettings
    /// Nil: the rules that are built in.
    package var rulesFile: String?
    package var riskCapacity: RiskCapacity
}

extension SettingReader {
    func admission() throws(ConfigurationError) -> AdmissionSettings {
        var limits = LimiterSettings()
        limits.user = try self.limit("admission.user_limit")
        limits.address = try self.limit("admission.ip_limit")
        limits.device = try self.limit("admission.device_limit")
        limits.sale = try self.limit("admission.sale_limit")
        limits.global = try self.limit("admission.global_limit")
        limits.networks = try self.networkLimits()
        limits.sales = try self.saleLimits()
        let byteCount = try self.integer("admission.limiter_bytes", 65_536...1 << 40)
        limits.bucketMemoryByteCount = byteCount
        limits.windowMemoryByteCount = byteCount
        do {
            try limits.validate()
        } catch {
            throw ConfigurationError(
                .badValue, subject: "admission", message: "admission.…: \(error.description)")
        }
        let users = try self.integer("admission.risk_users", 1_024...1 << 26)
        return AdmissionSettings(
            mode: try self.choice("admission.mode", AdmissionSettings.Mode.allCases),
            challenge: try self.choice(
                "admission.challenge", AdmissionSettings.Challenge.allCases),
            limits: limits, rulesFile: try self.optionalPath("admission.rules"),
            riskCapacity: RiskCapacity(
                users: users, addresses: users / 2, listWords: users * 16))
    }

    private func limit(_ name: String) throws(ConfigurationError) -> LimitPolicy {
        let text = try self.text(name)
        return try self.policy(text[...], name)
    }

    private func policy(
        _ text: Substring, _ name: String
    ) throws(ConfigurationError) -> LimitPolicy {
        guard let policy = LimitText.parse(text) else {
            throw ConfigurationError(
                .badValue, subject: name,
                message: "\(name): '\(text)' is no limit; \(LimitText.help)")
        }
        if let problem = policy.problem {
            throw ConfigurationError(
                .badValue, subject: name, message: "\(name): '\(text)': \(problem)")
        }
        return policy
    }

    /// `203.0.113.0/24 1000/s burst 5000`, and `together` behind it for the range as a whole.
    private func networkLimits() throws(ConfigurationError) -> [NetworkLimits] {
        let name = "admission.network_limits"
        var all: [NetworkLimits] = []
        for entry in try self.list(name) {
            let parts = entry.split(separator: " ", maxSplits: 1)
            var text = parts.count == 2 ? parts[1] : ""
            var counting = NetworkLimits.Counting.eachAddress
            if text.hasSuffix(" together") {
                counting = .wholeRange
                text = text.dropLast(" together".utf8.count)
            }
            let range: NetworkRange
            do throws(NetworkTextError) {
                range = try NetworkRange(parsing: String(parts.first ?? ""))
            } catch {
                throw ConfigurationError(
                    .badValue, subject: name, message: "\(name): \(error.description)")
            }
            all.append(
                NetworkLimits(
                    range: range, policy: try self.policy(text, name), counting: counting))
        }
        return all
    }

    /// `user 2/s burst 4 for sale-1`: one dimension of one sale an entry.
    private func saleLimits() throws(ConfigurationError) -> [SaleLimits] {
        let name = "admission.sale_limits"
        var all: [SaleLimits] = []
        for entry in try self.list(name) {
            let words = entry.split(separator: " ")
            guard let preposition = words.firstIndex(of: "for"), preposition >= 2,
                preposition + 1 < words.count
            else {
                throw ConfigurationError(
                    .badValue, subject: name,
                    message: "\(name): '\(entry)' must read: user 2/s burst 4 for SALE-ID")
            }
            let saleID = String(entry[words[preposition + 1].startIndex...])
            let text = entry[words[1].startIndex..<words[preposition - 1].endIndex]
            let policy = try self.policy(text, name)
            let index: Int
            if let known = all.firstIndex(where: { $0.saleID.utf8.elementsEqual(saleID.utf8) }) {
                index = known
            } else {
                index = all.count
                all.append(SaleLimits(saleID: saleID))
            }
            switch words[0] {
            case "user": all[index].user = policy
            case "ip": all[index].address = policy
            case "device": all[index].device = policy
            case "sale": all[index].sale = policy
            default:
                throw ConfigurationError(
                    .badValue, subject: name,
                    message: "\(name): '\(words[0])' in '\(entry)' must be user, ip, device or sale"
                )
            }
        }
        return all
    }
}
