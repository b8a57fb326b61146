/// The limits that a rules file names; what it does not name stays as the settings say.
package struct LimitSection: Hashable, Sendable {
    package var user: LimitPolicy?
    package var address: LimitPolicy?
    package var device: LimitPolicy?
    package var sale: LimitPolicy?
    package var global: LimitPolicy?
    /// Nil: those of the settings; empty: none.
    package var sales: [SaleLimits]?
    package var networks: [NetworkLimits]?

    package init() {}

    /// `settings` with these limits in place of theirs.
    package func applied(to settings: LimiterSettings) -> LimiterSettings {
        var settings = settings
        settings.user = self.user ?? settings.user
        settings.address = self.address ?? settings.address
        settings.device = self.device ?? settings.device
        settings.sale = self.sale ?? settings.sale
        settings.global = self.global ?? settings.global
        settings.sales = self.sales ?? settings.sales
        settings.networks = self.networks ?? settings.networks
        return settings
    }
}

extension LimitSection {
    init(_ document: RiskDocument, _ reader: inout RiskDocumentReader) {
        let fields = reader.map(
            document, "limits",
            names: ["user", "ip", "device", "sale", "global", "sales", "networks"])
        self.user = reader.policy(fields["user"], "user")
        self.address = reader.policy(fields["ip"], "ip")
        self.device = reader.policy(fields["device"], "device")
        self.sale = reader.policy(fields["sale"], "sale")
        self.global = reader.policy(fields["global"], "global")
        if fields["sales"] != nil {
            self.sales = Self.sales(reader.list(fields["sales"], "sales"), &reader)
        }
        if fields["networks"] != nil {
            self.networks = Self.networks(reader.list(fields["networks"], "networks"), &reader)
        }
    }

    private static func sales(
        _ items: [RiskDocument], _ reader: inout RiskDocumentReader
    ) -> [SaleLimits] {
        if items.count > LimiterSettings.saleCountMax {
            reader.complain(
                items[LimiterSettings.saleCountMax].line,
                "at most \(LimiterSettings.saleCountMax) sales may have limits of their own")
        }
        var all: [SaleLimits] = []
        var ids: Set<[UInt8]> = []
        for item in items {
            let fields = reader.map(
                item, "a sale's limits", names: ["id", "user", "ip", "device", "sale"])
            guard let id = reader.text(fields["id"], "id") else {
                if fields["id"] == nil { reader.complain(item.line, "id is missing: which sale") }
                continue
            }
            if !(1...64).contains(id.utf8.count) {
                reader.complain(item.line, "a sale id has 1 to 64 bytes")
            }
            if !ids.insert(Array(id.utf8)).inserted {
                reader.complain(item.line, "sale \"\(id)\" has its limits twice: keep one")
            }
            all.append(
                SaleLimits(
                    saleID: id, user: reader.policy(fields["user"], "user"),
                    address: reader.policy(fields["ip"], "ip"),
                    device: reader.policy(fields["device"], "device"),
                    sale: reader.policy(fields["sale"], "sale")))
        }
        return all
    }

    private static func networks(
        _ items: [RiskDocument], _ reader: inout RiskDocumentReader
    ) -> [NetworkLimits] {
        if items.count > NetworkMap.rangeCountMax {
            reader.complain(
                items[NetworkMap.rangeCountMax].line,
                "at most \(NetworkMap.rangeCountMax) networks may have limits of their own")
        }
        var all: [NetworkLimits] = []
        var ranges: Set<NetworkRange> = []
        for item in items {
            let fields = reader.map(
                item, "a network's limit", names: ["range", "limit", "together"])
            guard let range = reader.range(of: fields, item) else { continue }
            if !ranges.insert(range).inserted {
                reader.complain(item.line, "network \(range) has its limit twice: keep one")
            }
            let together = reader.choice(
                fields["together"], "together", [("true", true), ("false", false)])
            guard let policy = reader.policy(fields["limit"], "limit") else {
                if fields["limit"] == nil { reader.complain(item.line, "limit is missing") }
                continue
            }
            all.append(
                NetworkLimits(
                    range: range, policy: policy,
                    counting: together == true ? .wholeRange : .eachAddress))
        }
        return all
    }
}

extension RiskDocumentReader {
    fileprivate mutating func policy(
        _ document: RiskDocument?, _ name: String
    ) -> LimitPolicy? {
        guard let document, let text = self.text(document, name) else { return nil }
        guard let policy = LimitText.parse(text[...]) else {
            self.complain(document.line, "\(name): '\(text)' is no limit; \(LimitText.help)")
            return nil
        }
        if let problem = policy.problem {
            self.complain(document.line, "\(name): '\(text)': \(problem)")
            return nil
        }
        return policy
    }
}

/// All that a rules file says: what is judged how, and what may be how often.
package struct AdmissionRules: Hashable, Sendable {
    package var risk: RiskRules
    package var limits: LimitSection

    package init(risk: RiskRules, limits: LimitSection = LimitSection()) {
        self.risk = risk
        self.limits = limits
    }

    package static let defaults = AdmissionRules(risk: .defaults)

    /// Reads and checks a rules file. All mistakes are reported together, in the order of their lines.
    package init(document: RiskDocument) throws(RiskRulesError) {
        var problems: [RiskRulesError.Problem] = []
        var limits = LimitSection()
        var rest = document
        if case .map(let entries) = document.value {
            let sections = entries.filter { $0.name == "limits" }
            if let section = sections.first {
                var reader = RiskDocumentReader()
                limits = LimitSection(section.value, &reader)
                problems += reader.problems
            }
            for twice in sections.dropFirst() {
                problems.append(
                    .init(line: twice.line, rule: nil, message: "limits stands here twice"))
            }
            rest = RiskDocument(.map(entries.filter { $0.name != "limits" }), line: document.line)
        }
        var risk: RiskRules?
        do throws(RiskRulesError) {
            risk = try RiskRules(document: rest)
        } catch {
            problems += error.problems
        }
        guard problems.isEmpty, let risk else {
            throw RiskRulesError(problems: problems.sorted { $0.line < $1.line })
        }
        self.init(risk: risk, limits: limits)
    }
}
