extension RiskRules {
    /// Reads and checks a rules file. All mistakes are reported together; with any, there are no rules.
    package init(document: RiskDocument) throws(RiskRulesError) {
        var reader = RiskDocumentReader()
        var rules = RiskRules(version: 0, rules: [])
        let top = reader.map(
            document, "a rules file",
            names: [
                "version", "reject_above", "challenge_above", "large_amount_minor",
                "untracked_score", "rules", "shared_networks",
            ])
        if let version = reader.number(top["version"], "version", in: 1...Int64.max) {
            rules.version = version
        } else if top["version"] == nil {
            reader.complain(document.line, "version is missing: number your rules, from 1")
        }
        let scores: ClosedRange<Int64> = 0...Int64(Self.scoreMax)
        if let score = reader.number(top["reject_above"], "reject_above", in: scores) {
            rules.rejectAbove = Int(score)
        }
        if let score = reader.number(top["challenge_above"], "challenge_above", in: scores) {
            rules.challengeAbove = Int(score)
        }
        if let amount = reader.number(
            top["large_amount_minor"], "large_amount_minor", in: 1...Int64.max)
        {
            rules.largeAmountMinor = amount
        }
        if let score = reader.number(top["untracked_score"], "untracked_score", in: scores) {
            rules.untrackedScore = Int(score)
        }
        if rules.challengeAbove > rules.rejectAbove {
            reader.complain(
                (top["challenge_above"] ?? document).line,
                "challenge_above (\(rules.challengeAbove)) must not be larger than reject_above (\(rules.rejectAbove))"
            )
        }
        rules.readRules(top["rules"], document, &reader)
        rules.readSharedNetworks(top["shared_networks"], &reader)
        guard reader.problems.isEmpty else { throw RiskRulesError(problems: reader.problems) }
        self = rules
    }

    private mutating func readRules(
        _ list: RiskDocument?, _ document: RiskDocument, _ reader: inout RiskDocumentReader
    ) {
        if list == nil {
            reader.complain(document.line, "rules is missing: write rules: [] for none")
        }
        let items = reader.list(list, "rules")
        if items.count > Self.ruleCountMax {
            reader.complain(
                items[Self.ruleCountMax].line, "at most \(Self.ruleCountMax) rules are possible")
        }
        var measures: Set<Measure> = []
        for item in items {
            reader.rule = nil
            guard let rule = RiskRule(item, &reader) else { continue }
            if self.rules.contains(where: { $0.id == rule.id }) {
                reader.complain(item.line, "another rule has this id")
            }
            self.rules.append(rule)
            if rule.isEnabled && rule.feature.isCounted {
                let isNew = measures.insert(Measure(rule)).inserted
                if isNew && measures.count == Self.measureCountMax + 1 {
                    reader.complain(
                        item.line,
                        "at most \(Self.measureCountMax) different pairs of feature and window are possible"
                    )
                }
            }
        }
        reader.rule = nil
    }

    private mutating func readSharedNetworks(
        _ list: RiskDocument?, _ reader: inout RiskDocumentReader
    ) {
        let items = reader.list(list, "shared_networks")
        if items.count > Self.sharedNetworkCountMax {
            reader.complain(
                items[Self.sharedNetworkCountMax].line,
                "at most \(Self.sharedNetworkCountMax) shared networks are possible")
        }
        for item in items {
            let fields = reader.map(
                item, "a shared network", names: ["range", "name", "thresholds"])
            guard let range = reader.range(of: fields, item) else { continue }
            if self.sharedNetworks.contains(where: { $0.range == range }) {
                reader.complain(item.line, "\(range) is a shared network already")
            }
            self.sharedNetworks.append(
                SharedNetwork(
                    range: range, name: reader.text(fields["name"], "name") ?? range.description,
                    thresholds: self.readThresholds(fields["thresholds"], item, &reader)))
        }
    }

    private func readThresholds(
        _ map: RiskDocument?, _ item: RiskDocument, _ reader: inout RiskDocumentReader
    ) -> [String: Int64] {
        guard let map else {
            reader.complain(
                item.line, "thresholds is missing: which rules are different for this network")
            return [:]
        }
        let ids = self.rules.filter { $0.feature == .accountsPerAddress }.map(\.id)
        guard !ids.isEmpty else {
            reader.complain(map.line, "there is no rule about accounts_per_ip to change")
            return [:]
        }
        var thresholds: [String: Int64] = [:]
        for (id, value) in reader.map(map, "thresholds", names: ids) {
            thresholds[id] = reader.number(
                value, "the threshold of \(id)", in: 1...Self.thresholdMax)
        }
        return thresholds
    }
}

extension RiskRule {
    fileprivate init?(_ item: RiskDocument, _ reader: inout RiskDocumentReader) {
        let countBefore = reader.problems.count
        let fields = reader.map(
            item, "a rule",
            names: [
                "id", "feature", "window", "over", "at_least", "below", "add", "raise_to", "mode",
                "enabled", "missing",
            ])
        guard let id = reader.text(fields["id"], "id") else {
            if fields["id"] == nil { reader.complain(item.line, "a rule without id") }
            return nil
        }
        let isPlain =
            id.utf8.count <= 32
            && id.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5f
            }
        guard isPlain else {
            reader.complain(
                (fields["id"] ?? item).line, "id must be 1 to 32 of a-z, 0-9 and _")
            return nil
        }
        reader.rule = id
        guard
            let feature = reader.choice(
                fields["feature"], "feature", RiskFeature.allCases.map { ($0.name, $0) })
        else {
            if fields["feature"] == nil { reader.complain(item.line, "feature is missing") }
            return nil
        }
        let window = reader.milliseconds(
            fields["window"], "window", in: 1...RiskRules.windowMillisecondsMax)
        if feature.isCounted && fields["window"] == nil {
            reader.complain(
                item.line, "\(feature.name) is counted over a window: window is missing")
        } else if !feature.isCounted, let field = fields["window"] {
            reader.complain(field.line, "\(feature.name) has no window")
        }
        let condition = Self.condition(feature, fields, item, &reader)
        let effect = Self.effect(fields, item, &reader)
        let mode = reader.choice(
            fields["mode"], "mode", [("enforce", RiskMode.enforce), ("observe", .observe)])
        let isEnabled = reader.choice(
            fields["enabled"], "enabled", [("true", true), ("false", false)])
        let missing = Self.missing(feature, fields["missing"], &reader)
        guard reader.problems.count == countBefore, let condition, let effect else { return nil }
        self.init(
            id: id, feature: feature, condition: condition, windowMilliseconds: window ?? 0,
            effect: effect, mode: mode ?? .enforce, isEnabled: isEnabled ?? true, missing: missing)
    }

    private static func condition(
        _ feature: RiskFeature, _ fields: [String: RiskDocument], _ item: RiskDocument,
        _ reader: inout RiskDocumentReader
    ) -> RiskCondition? {
        let allowed = feature.isCounted ? ["over", "at_least"] : ["below"]
        let given = ["over", "at_least", "below"].filter { fields[$0] != nil }
        guard given.count == 1, allowed.contains(given[0]), let field = fields[given[0]] else {
            reader.complain(
                given.first.flatMap { fields[$0]?.line } ?? item.line,
                "\(feature.name) needs \(allowed.joined(separator: " or ")), and nothing else to compare with"
            )
            return nil
        }
        switch given[0] {
        case "over":
            return reader.number(field, "over", in: 1...RiskRules.thresholdMax).map { .over($0) }
        case "at_least":
            return reader.number(field, "at_least", in: 1...RiskRules.thresholdMax)
                .map { .atLeast($0) }
        default:
            return reader.milliseconds(field, "below", in: 1...(36_500 * 86_400_000))
                .map { .below($0) }
        }
    }

    private static func effect(
        _ fields: [String: RiskDocument], _ item: RiskDocument,
        _ reader: inout RiskDocumentReader
    ) -> RiskEffect? {
        let scores: ClosedRange<Int64> = 1...Int64(RiskRules.scoreMax)
        switch (fields["add"], fields["raise_to"]) {
        case (let add?, nil):
            return reader.number(add, "add", in: scores).map { .add(Int($0)) }
        case (nil, let raise?):
            return reader.number(raise, "raise_to", in: scores).map { .raiseTo(Int($0)) }
        default:
            reader.complain(item.line, "needs either add or raise_to")
            return nil
        }
    }

    private static func missing(
        _ feature: RiskFeature, _ field: RiskDocument?, _ reader: inout RiskDocumentReader
    ) -> RiskMissing? {
        guard let field else { return nil }
        switch feature {
        case .accountAge, .largeOrderAge, .accountsPerAddress:
            return reader.choice(field, "missing", [("fires", .fires), ("ignored", .ignored)])
        case .devicesPerUser:
            return reader.choice(field, "missing", [("counted", .counted), ("fires", .fires)])
        case .purchasesPerUser, .callsPerUser:
            reader.complain(field.line, "\(feature.name) needs nothing that could be missing")
            return nil
        }
    }
}
